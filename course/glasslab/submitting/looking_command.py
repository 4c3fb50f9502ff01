"""``glasslab status`` and ``glasslab feedback``: what became of what was handed in."""

from __future__ import annotations

import argparse
import json
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glasslab.submitting.asking import Asker


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add both commands to the parser."""
    status = subparsers.add_parser(
        "status",
        help="show what you have handed in, and what became of it",
        description=(
            "Show what the class's receiving service has of yours: attempt, time of arrival by its "
            "clock, late or not, graded or not; and which bundles were written here but not "
            "handed in."
        ),
        epilog=_EPILOG,
    )
    _add_service(status)
    status.set_defaults(run_command=run_status)

    feedback = subparsers.add_parser(
        "feedback",
        help="fetch your feedback, and open it",
        description=(
            "Fetch the feedback that your instructor released, save it in the folder my_feedback "
            "beside the units, and open it in your browser."
        ),
        epilog=_EPILOG,
    )
    feedback.add_argument(
        "unit", nargs="?", metavar="UNIT", help="the unit (default: all that is released)"
    )
    _add_service(feedback)
    feedback.add_argument("--no-open", action="store_true", help="only save it")
    feedback.set_defaults(run_command=run_feedback)


_EPILOG = (
    "Without --to, the service is the one in the environment variable GLASSLAB_SERVER, or the one "
    "that you handed in to last. Your token is taken from GLASSLAB_TOKEN, or asked for."
)


def _add_service(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="URL", help="the class's receiving service")
    parser.add_argument(
        "--token", metavar="T", help="your token; other people on this machine may see it here"
    )
    parser.add_argument(
        "--plain-http", action="store_true", help="send the token unencrypted (trusted network)"
    )
    parser.add_argument("--json", action="store_true", help="print the result for programs")


def run_status(arguments: argparse.Namespace) -> int:
    """Show what was handed in; exit code 1 and a sentence if the service can't be asked."""
    from glasslab.submitting.errors import SubmitError
    from glasslab.submitting.looking import not_handed_in, tell_works, works, works_json

    here = Path.cwd()
    left = not_handed_in(here)
    try:
        asker = _asker(arguments, must=not left)
        found = works(asker) if asker else []
    except SubmitError as error:
        print(f"glasslab: {error}", file=sys.stderr)
        return 1
    address = asker.address if asker else None
    if arguments.json:
        print(works_json(address, found, left))
        return 0
    if address:
        tell_works(address, found, print)
    if left:
        print(f"Written here, and no receipt says that it was handed in: {', '.join(left)}")
    return 0


def run_feedback(arguments: argparse.Namespace) -> int:
    """Fetch feedback, say where it is, and open what is newest."""
    from glasslab.submitting.errors import SubmitError
    from glasslab.submitting.looking import save_all_feedback, save_feedback

    here = Path.cwd()
    try:
        asker = _asker(arguments)
        assert asker is not None
        if arguments.unit:
            saved = [save_feedback(asker, arguments.unit, here)]
        else:
            saved = save_all_feedback(asker, here)
    except SubmitError as error:
        print(f"glasslab: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps({each.unit: str(each.path) for each in saved}, indent=2))
        return 0
    for each in saved:
        print(f"Feedback on {each.unit}: {each.path}")
    # Where nobody sits before a screen, a browser would only be in the way.
    if not arguments.no_open and sys.stdout.isatty():
        webbrowser.open(saved[0].path.as_uri())
    return 0


def _asker(arguments: argparse.Namespace, *, must: bool = True) -> Asker | None:
    """Return the line to the service; None if none is known and none must be."""
    from glasslab.submitting import line_to

    def tell(words: str) -> None:
        print(words, file=sys.stderr)

    return line_to(
        arguments.to, token=arguments.token, plain=arguments.plain_http, tell=tell, must=must
    )

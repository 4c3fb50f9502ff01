"""``glasslab submit``: look a notebook over and hand it in."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "submit",
        help="look a notebook over and hand it in",
        description=(
            "Look a notebook over (is it readable, did its cells run in order, is every graded "
            "cell there), say what would be handed in, and hand it in. Without a way, it writes a "
            "bundle into my_submissions, to be uploaded where your instructor asks for it."
        ),
        epilog=(
            "The service's address can stand in the environment variable GLASSLAB_SERVER, your "
            "token in GLASSLAB_TOKEN; without it you are asked. A receipt is the notebook's "
            "SHA-256: the same notebook has the same receipt, and handed in twice counts once."
        ),
    )
    parser.add_argument(
        "notebook",
        nargs="?",
        metavar="NOTEBOOK|UNIT",
        help="the file, or its unit, for instance 03_attention (default: the only one here)",
    )
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--to", metavar="URL", help="the class's receiving service")
    ways.add_argument(
        "--exchange", type=Path, metavar="FOLDER", help="nbgrader's exchange, on a shared hub"
    )
    ways.add_argument(
        "--zip", type=Path, metavar="FOLDER", help="only write the bundle, into this folder"
    )
    parser.add_argument(
        "--token", metavar="T", help="your token; other people on this machine may see it here"
    )
    parser.add_argument("--unit", metavar="UNIT", help="the unit, if the file's name doesn't say")
    parser.add_argument("--dry-run", action="store_true", help="only look; hand nothing in")
    parser.add_argument(
        "--run", action="store_true", help="run a copy from the top first, as grading will"
    )
    parser.add_argument(
        "--anyway", action="store_true", help="hand in whatever is wrong with the notebook"
    )
    parser.add_argument(
        "--plain-http", action="store_true", help="send the token unencrypted (trusted network)"
    )
    parser.add_argument("--json", action="store_true", help="print the result for programs")
    parser.set_defaults(run_command=run_command)


def run_command(arguments: argparse.Namespace) -> int:
    """Hand in; errors that a learner can act on become one sentence and exit code 1."""
    from glasslab.submitting import ADDRESS_VARIABLE, ask_token
    from glasslab.submitting.errors import SubmitError
    from glasslab.submitting.finding import find, find_here
    from glasslab.submitting.handing_in import Way, hand_in

    named = arguments.to or arguments.exchange or arguments.zip
    try:
        way = Way(
            address=arguments.to or (None if named else os.environ.get(ADDRESS_VARIABLE)),
            exchange=arguments.exchange,
            folder=arguments.zip,
            ask_token=(lambda: arguments.token) if arguments.token else ask_token,
            plain_http=arguments.plain_http,
            dry_run=arguments.dry_run,
            run=arguments.run,
            anyway=arguments.anyway,
        )
        found = find(arguments.notebook) if arguments.notebook else find_here()
        # For programs, what people read goes where errors go.
        tell = _to_stderr if arguments.json else print
        done = hand_in(found, arguments.unit, way, tell)
    except SubmitError as error:
        print(f"glasslab: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        print(done.as_json())
    return 0


def _to_stderr(words: str) -> None:
    print(words, file=sys.stderr)

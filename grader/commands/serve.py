"""``grader serve``: receive submissions over HTTP; make tokens, release feedback, list arrivals."""

from __future__ import annotations

import argparse
from pathlib import Path

EXTRA = "Receiving needs the extra 'serve': pip install -e '.[grading,serve]'"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add ``serve`` and its actions."""
    parser = subparsers.add_parser(
        "serve",
        help="receive submissions over HTTP, and hand out released feedback",
        description=(
            "Without an action: run the receiving service. Learners hand in with 'glasslab submit "
            "UNIT --to URL', or on its pages in a browser, each with the token that 'grader serve "
            "token' made; what they send is checked and stored where 'grader grade' looks for it, "
            "with a receipt by this machine's clock, and never run. See docs/serving.md."
        ),
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address to listen on (default: this machine only)"
    )
    parser.add_argument("--port", type=int, default=8642, help="the port (default: 8642)")
    parser.add_argument("--certfile", type=Path, metavar="PEM", help="serve TLS: the certificate")
    parser.add_argument("--keyfile", type=Path, metavar="PEM", help="serve TLS: its key")
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")

    token = actions.add_parser(
        "token",
        help="make learners tokens, shown once; or revoke them",
        description=(
            "Make each LEARNER a token and print it, this once; a token that they had before is "
            "worth nothing from then on. The service need not be restarted."
        ),
    )
    token.add_argument("learners", nargs="+", metavar="LEARNER")
    token.add_argument("--revoke", action="store_true", help="make their tokens worth nothing")
    token.add_argument("--json", action="store_true", help="print JSON: tokens by learner")
    token.set_defaults(run=run_token)

    release = actions.add_parser(
        "release",
        help="let learners read their feedback of a unit",
        description=(
            "Copy the feedback pages of UNIT that 'grader grade UNIT --feedback' wrote into the "
            "folder 'released' of the classroom, from which the service hands each learner their "
            "own. To withdraw one, remove its file."
        ),
    )
    release.add_argument("unit", metavar="UNIT", help="the unit, for instance 03_attention")
    release.add_argument(
        "--student", metavar="NAME", action="append", help="only this learner (may be repeated)"
    )
    release.set_defaults(run=run_release)

    listing = actions.add_parser(
        "list",
        help="show what was received",
        description="Show the receipts of all learners, or of those who handed in UNIT.",
    )
    listing.add_argument("unit", metavar="UNIT", nargs="?", help="only this unit")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=run_list)


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped."""
    import sys

    from grader.errors import GraderError
    from grader.workspace import Workspace

    if (arguments.certfile is None) != (arguments.keyfile is None):
        raise GraderError("TLS needs both --certfile and --keyfile.")
    try:
        from grader.serving.run import Address, serve
    except ModuleNotFoundError as error:
        raise GraderError(EXTRA) from error
    address = Address(arguments.host, arguments.port, arguments.certfile, arguments.keyfile)
    if address.is_open:
        print(
            f"grader: on {address.host} without TLS, tokens can be read on the way; use "
            "--certfile and --keyfile, or listen on 127.0.0.1 behind a proxy that has them.",
            file=sys.stderr,
        )
    serve(
        Workspace.default(),
        address,
        lambda url: print(f"Receiving at {url} (Ctrl-C stops)", flush=True),
    )
    return 0


def run_token(arguments: argparse.Namespace) -> int:
    """Make tokens, or revoke them."""
    import json

    from grader.errors import GraderError
    from grader.serving.database import open_database
    from grader.serving.tokens import make_tokens, revoke_tokens
    from grader.workspace import Workspace

    engine = open_database(Workspace.default())
    if arguments.revoke:
        revoked = revoke_tokens(engine, arguments.learners)
        without = sorted(set(arguments.learners) - set(revoked))
        print(
            json.dumps({"revoked": revoked})
            if arguments.json
            else f"Revoked: {', '.join(revoked) or 'none'}."
        )
        if without:
            raise GraderError(f"No token had {', '.join(without)}.")
        return 0
    tokens = make_tokens(engine, arguments.learners)
    if arguments.json:
        print(json.dumps(tokens, ensure_ascii=False, indent=1))
    else:
        for learner, token in tokens.items():
            print(f"{learner}\t{token}")
    return 0


def run_release(arguments: argparse.Namespace) -> int:
    """Release feedback, and say whose page is missing."""
    from grader.serving.released import release_feedback
    from grader.workspace import Workspace

    done, left = release_feedback(Workspace.default(), arguments.unit, arguments.student)
    print(f"Feedback of {arguments.unit} is released to {len(done)} learners.")
    for words in left:
        print(f"left out  {words}")
    return 1 if left else 0


def run_list(arguments: argparse.Namespace) -> int:
    """Print receipts."""
    import json

    from grader.serving.database import open_database
    from grader.serving.intake import all_receipts
    from grader.workspace import Workspace

    rows = all_receipts(open_database(Workspace.default()), arguments.unit)
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    for row in rows:
        late = "late" if row["late"] else ""
        moment = row["received"][:19].replace("T", " ")
        columns = (row["unit"], row["learner"], f"{moment} UTC", f"attempt {row['attempt']}", late)
        print("  ".join(columns).rstrip())
    print(f"{len(rows)} submissions.")
    return 0

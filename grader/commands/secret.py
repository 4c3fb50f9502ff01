"""``grader secret``: make the secret seed that the hidden suite comes from."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add ``secret`` and its actions."""
    parser = subparsers.add_parser("secret", help="make the secret seed of the hidden suite")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = actions.add_parser("new", help="draw a new secret seed into a file only you can read")
    new.add_argument(
        "path",
        nargs="?",
        type=Path,
        help="where to write it (default: 'secret' in the classroom folder)",
    )
    new.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write a new secret and say where, never what."""
    from grader.secret import new_secret
    from grader.workspace import Workspace

    path = args.path or Workspace.default().secret
    new_secret(path)
    print(
        f"A new secret seed is in {path}, readable by you alone. Keep a copy in a safe place: "
        "the hidden suite comes from it."
    )
    return 0

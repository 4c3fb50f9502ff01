"""The ``grader`` command: what an instructor types."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from grader.errors import GraderError


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all subcommands."""
    parser = argparse.ArgumentParser(prog="grader", description="What an instructor types.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    # Imported here so that `grader --help` needs neither torch nor nbgrader at import time.
    from grader.commands import COMMANDS

    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; errors an instructor can act on become one sentence and exit code 1."""
    arguments = build_parser().parse_args(argv)
    try:
        return arguments.run(arguments)
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        # Of the checkout or the classroom, where another account runs part of the class.
        words = f"{error.filename or 'A file'} can't be used: {error.strerror}"
        print(f"grader: {words}; run this as the account that may.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("grader: stopped.", file=sys.stderr)
        return 130

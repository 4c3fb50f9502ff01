"""The ``glasslab`` command: what a learner types."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from glasslab import __version__, doctor, practice
from glasslab.submitting import command as submitting
from glasslab.submitting import looking_command as looking


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all subcommands."""
    parser = argparse.ArgumentParser(prog="glasslab", description="What a learner types.")
    parser.add_argument("--version", action="version", version=f"glasslab {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (doctor, submitting, looking, practice):
        command.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show ✓ shows something else instead.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    arguments = build_parser().parse_args(argv)
    try:
        return arguments.run_command(arguments)
    except KeyboardInterrupt:
        print("glasslab: stopped.", file=sys.stderr)
        return 130

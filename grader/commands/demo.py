"""``grader demo``: a sample class, graded from nothing."""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "demo",
        help="grade a sample class from nothing, in a folder of its own",
        description=(
            "Make a throw-away secret, train the hidden models, release the units, collect a "
            "sample class (a full solution, one written differently, a hard-coded one, an "
            "untouched one, a half-done one, one from Colab, one that crashes, one that attacks), "
            "grade it behind walls, and write feedback."
        ),
    )
    parser.add_argument(
        "--folder", metavar="DIR", help="where to work (default: classroom/demo; replaced)"
    )
    parser.add_argument(
        "--units",
        nargs="+",
        metavar="UNIT",
        help="which units the class hands in (default: 01_data 03_attention)",
    )
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="submissions at a time (default: 2)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo."""
    from pathlib import Path

    from grader.course import Course
    from grader.demo import run_demo

    root = Course.default().root
    folder = Path(arguments.folder) if arguments.folder else root / "classroom" / "demo"
    run_demo(root, folder.resolve(), workers=arguments.workers, units=arguments.units)
    return 0

"""``grader release``: write the learners' notebooks from the solutions."""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "release",
        help="write the learners' notebooks from the solutions",
        description=(
            "Write course/UNIT from solutions/UNIT: solutions, hidden tests, mark schemes and "
            "outputs are left out, and the unit's cells are recorded in the gradebook."
        ),
    )
    parser.add_argument("unit", nargs="?", metavar="UNIT", help="one unit; by default all")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Release one unit or all."""
    from grader.course import Course
    from grader.release import release_unit

    course = Course.default()
    for unit in [arguments.unit] if arguments.unit else course.units():
        print(f"released {release_unit(course, unit)}")
    return 0

"""``grader release``: write the learners' notebooks from the solutions."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "release",
        help="write the learners' notebooks from the solutions",
        description=(
            "Write course/UNIT from solutions/UNIT: solutions, hidden tests, mark schemes and "
            "outputs are left out, and the unit's cells are recorded in the gradebook. The "
            "self-study edition is for people without a teacher: nothing in it is graded, and "
            "solutions and expected pictures are folded behind each exercise."
        ),
    )
    parser.add_argument("unit", nargs="?", metavar="UNIT", help="one unit; by default all")
    parser.add_argument(
        "--edition",
        choices=("graded", "self-study"),
        default="graded",
        help="what to write (default: graded)",
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="where the self-study edition goes (default: self-study)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Release one unit or all."""
    from grader.course import Course
    from grader.errors import GraderError
    from grader.release import release_self_study, release_unit

    course = Course.default()
    if arguments.to and arguments.edition == "graded":
        raise GraderError(
            "--to goes with --edition self-study; the graded edition goes to course/, or where "
            "GLASSLAB_RELEASE says."
        )
    folder = arguments.to or course.root / "self-study"
    for unit in [arguments.unit] if arguments.unit else course.units():
        if arguments.edition == "self-study":
            print(f"released {release_self_study(course, unit, folder)}")
        else:
            print(f"released {release_unit(course, unit)}")
    return 0

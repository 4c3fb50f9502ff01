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
            "solutions and expected pictures are folded behind each exercise. With --repository "
            "every notebook opens in Google Colab from a badge at its top, and installs there what "
            "it needs; said once, it counts for later releases too (docs/colab.md)."
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
    parser.add_argument(
        "--repository",
        metavar="OWNER/NAME",
        help="where the course lies on GitHub: notebooks get a badge for Colab",
    )
    parser.add_argument(
        "--branch",
        help="the branch that the badges open (default: main, or what was said before)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Release one unit or all."""
    from grader.colab import remember, untagged, version_of
    from grader.course import Course
    from grader.errors import GraderError
    from grader.release import release_self_study, release_unit

    course = Course.default()
    if arguments.to and arguments.edition == "graded":
        raise GraderError(
            "--to goes with --edition self-study; the graded edition goes to course/, or where "
            "GLASSLAB_RELEASE says."
        )
    hosting = remember(course.root, arguments.repository, arguments.branch)
    folder = arguments.to or course.root / "self-study"
    for unit in [arguments.unit] if arguments.unit else course.units():
        if arguments.edition == "self-study":
            print(f"released {release_self_study(course, unit, folder)}")
        else:
            print(f"released {release_unit(course, unit)}")
    if arguments.unit and (arguments.repository or arguments.branch):
        print("The other units still say what they said: grader release, for all of them.")
    if hosting is not None and (left := untagged(course.root, hosting, version_of(course.root))):
        print(left)
    return 0

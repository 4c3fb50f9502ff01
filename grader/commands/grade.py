"""``grader grade``: examine a class's submissions of a unit and fill the gradebook."""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "grade",
        help="examine a class's submissions of a unit and fill the gradebook",
        description=(
            "Run each submission of UNIT behind walls, put the hidden questions to it, write "
            "grades into nbgrader's gradebook and the graded notebooks beside it. Submissions lie "
            "in classroom/submitted/STUDENT/UNIT/UNIT.ipynb."
        ),
    )
    parser.add_argument("unit", metavar="UNIT", help="the unit, for instance 03_attention")
    parser.add_argument(
        "--student", metavar="NAME", action="append", help="only this learner (may be repeated)"
    )
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="submissions at a time (default: 2)"
    )
    parser.add_argument("--feedback", action="store_true", help="write feedback pages as well")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Grade, then print a table of points per question."""
    from grader.course import Course
    from grader.errors import GraderError
    from grader.grading import grade_unit, write_feedback
    from grader.tables import grades_json, grades_table

    if arguments.workers < 1:
        raise GraderError("--workers must be at least 1.")
    course = Course.default()
    graded = grade_unit(
        course,
        arguments.unit,
        students=arguments.student,
        workers=arguments.workers,
        progress=not arguments.json,
    )
    print(grades_json(graded) if arguments.json else grades_table(graded))
    if arguments.feedback:
        write_feedback(course, arguments.unit)
    return 0

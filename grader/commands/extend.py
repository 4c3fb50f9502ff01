"""``grader extend``: give one learner more time for a unit."""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "extend",
        help="give one learner more time for a unit",
        description=(
            "Move the due date of UNIT for one learner, once something of theirs is graded: before "
            "that the gradebook doesn't know their work. Extensions don't add up: a new one takes "
            "the place of the one before, and 0 days take it back. The next 'grader grade UNIT' "
            "counts by it what being late costs; nothing is examined again."
        ),
    )
    parser.add_argument("unit", metavar="UNIT", help="the unit, for instance 03_attention")
    parser.add_argument("student", metavar="LEARNER", help="the learner's name in the gradebook")
    parser.add_argument(
        "--days", type=float, metavar="N", required=True, help="days after the due date (2, or .5)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Grant it, and say until when."""
    from grader.course import Course
    from grader.extensions import extend

    url = Course.default().workspace.gradebook_url
    until = extend(url, arguments.unit, arguments.student, days=arguments.days)
    print(
        f"{arguments.student} may hand in {arguments.unit} until {until:%Y-%m-%d %H:%M} UTC; "
        f"the next 'grader grade {arguments.unit}' counts by it."
    )
    return 0

"""``grader receipts``: learn when work was handed in, from sources that learners can't write to."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add ``receipts`` and its actions."""
    parser = subparsers.add_parser(
        "receipts",
        help="learn when work was handed in, from sources that learners can't write to",
        description=(
            "When work was handed in is never read from the submission. It counts, in this order: "
            "what an imported list says; when 'grader serve' received it, by its clock; when it "
            "reached nbgrader's exchange, by the file system; when it came into the folder of "
            "submissions."
        ),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    a_list = actions.add_parser(
        "import",
        help="read times from a CSV file with the columns 'student' and 'received'",
        description=(
            "Read a CSV file, for instance of a learning management system, with the columns "
            "'student' and 'received' (ISO 8601 with its zone: 2026-03-01T12:00:00+01:00). Each "
            "time belongs to the submission of its learner that is graded next; a resubmission "
            "needs a new one."
        ),
    )
    a_list.add_argument("file", type=Path, metavar="FILE.csv")
    a_list.add_argument("unit", metavar="UNIT", help="the unit, for instance 03_attention")
    a_list.set_defaults(run=run_import)
    collect = actions.add_parser(
        "collect",
        help="take the newest submissions from nbgrader's exchange, and when they reached it",
        description=(
            "In the place of 'nbgrader collect': take each learner's newest submission from the "
            "exchange by the time at which the file system saw it, follow no link, and take "
            "nothing but the notebook and the exchange's own two files."
        ),
    )
    collect.add_argument("unit", metavar="UNIT", help="the unit, for instance 03_attention")
    collect.add_argument(
        "--exchange",
        type=Path,
        metavar="FOLDER",
        help="the exchange (default: as nbgrader_config.py says)",
    )
    collect.add_argument(
        "--any-owner",
        action="store_true",
        help="take folders, too, that belong to another account than their learner's",
    )
    collect.set_defaults(run=run_collect)


def run_import(arguments: argparse.Namespace) -> int:
    """Import a list and say how many times were new."""
    from grader.course import Course
    from grader.receipts import import_list, read_list

    course = Course.default()
    course.source_of(arguments.unit)
    times = read_list(arguments.file)
    new = import_list(course, arguments.unit, times)
    print(f"{len(times)} receipts read, {new} of them new.")
    absent = sorted(
        student
        for student in times
        if not (course.workspace.submitted / student / arguments.unit).is_dir()
    )
    if absent:
        print(f"No submission yet: {', '.join(absent)}.")
    return 0


def run_collect(arguments: argparse.Namespace) -> int:
    """Collect, and say what was left out."""
    from grader.course import Course
    from grader.receipts import collect

    course = Course.default()
    course.source_of(arguments.unit)
    done = collect(
        course, arguments.unit, exchange=arguments.exchange, any_owner=arguments.any_owner
    )
    print(f"{len(done.students)} new submissions, {done.unchanged} unchanged.")
    for words in done.left_out:
        print(f"left out  {words}")
    return 0

"""``grader grade``: examine a class's submissions of a unit and fill the gradebook."""

from __future__ import annotations

import argparse

STOPPED = 130
"""The exit code of a command that Ctrl-C ended."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "grade",
        help="examine a class's submissions of a unit and fill the gradebook",
        description=(
            "Run each submission of UNIT behind walls, put the hidden questions to it, write "
            "grades into nbgrader's gradebook and the graded notebooks beside it. Submissions lie "
            "in classroom/submitted/STUDENT/UNIT/UNIT.ipynb. Stopped or killed, it goes on where "
            "it was when it is run again; what is graded already isn't examined again."
        ),
    )
    parser.add_argument("unit", metavar="UNIT", help="the unit, for instance 03_attention")
    parser.add_argument(
        "--student", metavar="NAME", action="append", help="only this learner (may be repeated)"
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="submissions at a time (default: one for each core)",
    )
    parser.add_argument(
        "--isolation",
        choices=("warm", "cold"),
        default="warm",
        help="fork kernels from one that is warm, or start each anew (default: warm)",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="examine on the workers of this Dask scheduler, for instance tls://10.0.0.1:8786",
    )
    parser.add_argument(
        "--attempts",
        type=int,
        metavar="N",
        help="submissions that are graded for one learner; later ones wait for you (default: "
        "c.Resubmissions.graded in nbgrader_config.py, or 10)",
    )
    parser.add_argument("--force", action="store_true", help="examine again what is graded already")
    parser.add_argument(
        "--cell-seconds", type=_above_zero, metavar="S", help="how long one cell may run"
    )
    parser.add_argument(
        "--notebook-seconds", type=_above_zero, metavar="S", help="how long all cells may run"
    )
    parser.add_argument("--feedback", action="store_true", help="write feedback pages as well")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Grade, then print points and what to look at."""
    from dataclasses import replace

    from grader.course import Course
    from grader.errors import GraderError
    from grader.grading import grade_unit, write_feedback
    from grader.sandbox import Limits
    from grader.tables import grades_json, grades_table

    if arguments.workers is not None and arguments.workers < 1:
        raise GraderError("--workers must be at least 1.")
    if arguments.scheduler and arguments.workers:
        raise GraderError("--workers is for this machine; a cluster has as many as it has.")
    if arguments.attempts is not None and arguments.attempts < 1:
        raise GraderError("--attempts must be at least 1.")
    budgets = {
        name: seconds
        for name in ("cell_seconds", "notebook_seconds")
        if (seconds := getattr(arguments, name)) is not None
    }
    course = Course.default()
    graded = grade_unit(
        course,
        arguments.unit,
        students=arguments.student,
        workers=arguments.workers,
        isolation=arguments.isolation,
        scheduler=arguments.scheduler,
        force=arguments.force,
        attempts=arguments.attempts,
        limits=replace(Limits(), **budgets),
        progress=not arguments.json,
    )
    print(grades_json(graded) if arguments.json else grades_table(graded))
    if graded.left:
        return STOPPED
    if arguments.feedback:
        write_feedback(course, arguments.unit)
    return 0


def _above_zero(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not number > 0:
        raise argparse.ArgumentTypeError("must be a number of seconds, more than 0")
    return number

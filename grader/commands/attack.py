"""``grader attack``: try every known attack on the grader, and on nbgrader's own engine beside."""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "attack",
        help="try every known attack on the grader, and on nbgrader's own engine beside",
        description=(
            "Make a throw-away course with a prize planted in each of its secrets, hand in every "
            "submission of tests/attacks among honest neighbours, grade the class, and print what "
            "each attack came to; and beside, what nbgrader's own engine makes of the same file, "
            "run for real where that can't harm this machine. Nothing of yours is touched. Exit "
            "code 1 if an attack got anywhere against the grader."
        ),
    )
    parser.add_argument(
        "--isolation",
        choices=("warm", "cold", "both"),
        default="both",
        help="how the grader isolates submissions (default: both, one after the other)",
    )
    parser.add_argument(
        "--family", metavar="NAME", help="only this family: a module of tests/attacks"
    )
    parser.add_argument(
        "--no-nbgrader", action="store_true", help="leave nbgrader's own engine out: much faster"
    )
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="submissions at a time (default: 2)"
    )
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Try the attacks and print the table."""
    from grader.attack_table import as_json, as_table, try_attacks
    from grader.course import Course
    from grader.errors import GraderError

    if arguments.workers < 1:
        raise GraderError("--workers must be at least 1.")
    chosen = arguments.isolation
    tried = try_attacks(
        Course.default().root,
        family=arguments.family,
        isolations=("warm", "cold") if chosen == "both" else (chosen,),
        against_nbgrader=not arguments.no_nbgrader,
        workers=arguments.workers,
        progress=not arguments.json,
    )
    print(as_json(tried) if arguments.json else as_table(tried))
    return 0 if tried.held else 1

"""``grader verify``: show that the probes tell right answers from wrong ones."""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "verify",
        help="show that the probes tell right answers from wrong ones",
        description=(
            "Grade each unit's solution and all variants under tests/answers on the hidden suite: "
            "right ones must get full points, wrong ones at most half. Exit code 1 if one doesn't."
        ),
    )
    parser.add_argument("unit", nargs="?", metavar="UNIT", help="one unit; by default all")
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="submissions at a time (default: 2)"
    )
    parser.add_argument(
        "--in-process",
        action="store_true",
        help="try the variants here, without walls: much faster, for variants of your own",
    )
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify one unit or all and print the table."""
    import json
    from dataclasses import asdict

    from tqdm import tqdm

    from grader.course import Course
    from grader.reference import load_suite
    from grader.sandbox import require_walls
    from grader.tables import table
    from grader.verify import rehearse_unit, verify_unit

    course = Course.default()
    if not arguments.in_process:
        require_walls()
    suite = load_suite(course.workspace.suite)
    rows = []
    for unit in [arguments.unit] if arguments.unit else course.units():
        rows += tqdm(
            rehearse_unit(course, unit, suite)
            if arguments.in_process
            else verify_unit(course, unit, suite, workers=arguments.workers),
            desc=unit,
            unit="variant",
            disable=arguments.json,
        )
    rows.sort(key=lambda row: (row.unit, row.cell, not row.expected_right, row.name))
    failed = [row for row in rows if not row.holds]
    if arguments.json:
        print(json.dumps([asdict(row) | {"holds": row.holds} for row in rows], indent=2))
    else:
        lines = [
            [f"{r.unit} {r.cell}", r.name, f"{r.score:.2f}", "ok" if r.holds else "FAILED"]
            for r in rows
        ]
        print(table(["answer", "variant", "score", ""], lines))
        print(f"{len(rows) - len(failed)} of {len(rows)} variants told apart.")
        for row in failed:
            print(f"FAILED  {row.unit} {row.cell} {row.name}: {row.words}")
    return 1 if failed else 0

"""``grader verify``: show that the probes tell right answers from wrong ones."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.course import Course
    from grader.verify import Row


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "verify",
        help="show that the probes tell right answers from wrong ones",
        description=(
            "Grade each unit's solution and all variants under tests/answers on the hidden suite: "
            "right ones must get full points, wrong ones at most half, stubs and hard-coded ones "
            "nothing. Exit code 1 if one doesn't. Without walls the public checks must accept "
            "every right one as well. With --seeds the same on suites of several public seeds, "
            "and for each variant the number of seeds on which it fails."
        ),
    )
    parser.add_argument("unit", nargs="?", metavar="UNIT", help="one unit; by default all")
    parser.add_argument(
        "--in-process",
        action="store_true",
        help="try the variants without walls: much faster, for variants of your own",
    )
    parser.add_argument(
        "--seeds",
        type=int,
        metavar="N",
        help="train suites of N calibration seeds (minutes each; kept) and try the variants on "
        "all of them, without walls",
    )
    parser.add_argument(
        "--suites",
        type=Path,
        metavar="FOLDER",
        help="where calibration suites are kept (default: calibration in the workspace)",
    )
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="processes at a time (default: 2)"
    )
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify one unit or all and print the table."""
    import json

    from grader.course import Course
    from grader.errors import GraderError
    from grader.tables import table

    course = Course.default()
    if arguments.suites and not arguments.seeds:
        raise GraderError("--suites goes with --seeds.")
    if arguments.seeds is not None and arguments.seeds < 1:
        raise GraderError(f"--seeds must be at least 1, got {arguments.seeds}.")
    units = [arguments.unit] if arguments.unit else course.units()
    for unit in units:
        course.source_of(unit)
    tried = _in_process(course, units, arguments) or _behind_walls(course, units, arguments)
    tried.sort(key=lambda rows: (rows[0].unit, rows[0].cell, not rows[0].expected_right))
    failed = [rows for rows in tried if not all(row.holds for row in rows)]
    if arguments.json:
        print(json.dumps([_as_json(rows) for rows in tried], indent=2))
    else:
        head = ["answer", "variant", "score", "" if len(tried[0]) == 1 else "seeds failed"]
        print(table(head, [_line(rows) for rows in tried]))
        print(f"{len(tried) - len(failed)} of {len(tried)} variants told apart.")
        for rows in failed:
            worst = next(row for row in rows if not row.holds)
            print(f"FAILED  {worst.unit} {worst.cell} {worst.name}: {worst.words} {worst.refused}")
    return 1 if failed else 0


def _in_process(
    course: Course, units: list[str], arguments: argparse.Namespace
) -> list[tuple[Row, ...]]:
    from tqdm import tqdm

    from grader.calibration import rehearse, train_calibration_suites

    if not (arguments.in_process or arguments.seeds):
        return []
    suites = {task: [course.workspace.suite_for(task)] for task in _tasks(course, units)}
    if arguments.seeds:
        folder = arguments.suites or course.workspace.root / "calibration"
        for task in suites:
            suites[task] = train_calibration_suites(
                folder, arguments.seeds, task, progress=not arguments.json
            )
    done = tqdm(
        rehearse(course, units, suites, workers=min(arguments.workers, len(units))),
        total=len(units),
        unit="unit",
        disable=arguments.json,
    )
    return [rows for unit in done for rows in unit]


def _behind_walls(
    course: Course, units: list[str], arguments: argparse.Namespace
) -> list[tuple[Row, ...]]:
    from tqdm import tqdm

    from grader.reference import suite_for
    from grader.sandbox import require_walls
    from grader.verify import verify_unit

    require_walls()
    suites = {task: suite_for(course.workspace, task) for task in _tasks(course, units)}
    return [
        (row,)
        for unit in units
        for row in tqdm(
            verify_unit(course, unit, suites, workers=arguments.workers),
            desc=unit,
            unit="variant",
            disable=arguments.json,
        )
    ]


def _tasks(course: Course, units: Sequence[str]) -> list[str]:
    from grader.release import source_unit

    return sorted({source_unit(course, unit).task for unit in units})


def _line(rows: Sequence[Row]) -> list[str]:
    first, failed = rows[0], sum(not row.holds for row in rows)
    scores = sorted({f"{row.score:.2f}" for row in rows})
    verdict = "ok" if not failed else "FAILED"
    return [
        f"{first.unit} {first.cell}",
        first.name,
        scores[0] if len(scores) == 1 else f"{scores[0]} to {scores[-1]}",
        verdict if len(rows) == 1 else f"{failed} of {len(rows)} {verdict}",
    ]


def _as_json(rows: Sequence[Row]) -> dict[str, object]:
    first = rows[0]
    return {
        "unit": first.unit,
        "cell": first.cell,
        "name": first.name,
        "expected_right": first.expected_right,
        "scores": [row.score for row in rows],
        "words": [row.words for row in rows],
        "refused_by_public_check": first.refused,
        "seeds_failed": sum(not row.holds for row in rows),
        "holds": all(row.holds for row in rows),
    }

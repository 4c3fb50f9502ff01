"""`grader verify`: right answers written differently must all pass, plausible wrong ones all fail.

Variants are data: ``tests/answers/UNIT/CELL/{right,wrong}_NAME.py`` holds another source for the
answer cell CELL. Each is graded like any submission, behind the same walls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from grader.course import Course
from grader.engine import Submission, examine_all
from grader.errors import GraderError
from grader.rehearsal import Rehearsal, Scored, try_answer
from grader.release import source_unit
from grader.report import Report
from grader.suite import Suite
from grader.unit import Unit, without_hidden_tests

MIN_RIGHT, MIN_WRONG = 3, 6
MOST_FOR_WRONG = 0.5
"""A wrong answer may earn part of the points where part of it holds, but at most half."""
SOLUTION = "the solution"
EMPTY_HANDED = ("wrong_public", "wrong_stub")
"""Answers with what the public model or page shows, and the stub itself, earn exactly nothing."""


@dataclass(frozen=True)
class Variant:
    """Another source for an answer cell, and whether it is a right answer."""

    cell: str
    name: str
    source: str

    @property
    def right(self) -> bool:
        """Whether the file's name promises a right answer."""
        return self.name.startswith("right_")

    @property
    def hard_coded(self) -> bool:
        """Whether it answers with what the public model or page shows."""
        return self.name.startswith("wrong_public")


@dataclass(frozen=True)
class Row:
    """How one variant was graded."""

    unit: str
    cell: str
    name: str
    expected_right: bool
    score: float
    words: str
    refused: str = ""
    """What the public check says against it, where that was asked too: without walls."""

    @property
    def holds(self) -> bool:
        """Whether grading told right from wrong here, and the public check refused nothing right.

        A public check may let a wrong answer pass: it knows the public models only.
        """
        if self.expected_right:
            return self.score == 1 and not self.refused
        return self.score <= (0 if self.name.startswith(EMPTY_HANDED) else MOST_FOR_WRONG)


def answers_folder(course: Course) -> Path:
    """Return the folder of all variants."""
    return course.root / "tests" / "answers"


def load_variants(folder: Path, unit: Unit) -> dict[str, list[Variant]]:
    """Read a unit's variants by answer cell.

    Raises:
        GraderError: an auto-graded cell has too few right, wrong or hard-coded variants, or a
            folder is named after no cell.
    """
    answers = answer_cells(unit)
    found: dict[str, list[Variant]] = {}
    for cell in answers:
        variants = [
            Variant(cell, path.stem, path.read_text(encoding="utf-8"))
            for path in sorted((folder / unit.name / cell).glob("*.py"))
        ]
        right = sum(variant.right for variant in variants)
        wrong = sum(variant.name.startswith("wrong_") for variant in variants)
        if right < MIN_RIGHT or wrong < MIN_WRONG or not any(v.hard_coded for v in variants):
            raise GraderError(
                f"{unit.name}: cell {cell!r} has {right} right and {wrong} wrong variants in "
                f"{folder / unit.name / cell}; it needs at least {MIN_RIGHT} and {MIN_WRONG}, and "
                "a wrong_public*.py among them."
            )
        found[cell] = variants
    stray = sorted({path.name for path in (folder / unit.name).iterdir()} - set(answers))
    if stray:
        raise GraderError(f"{unit.name}: no answer cell is named {', '.join(stray)}.")
    return found


def answer_cells(unit: Unit) -> dict[str, str]:
    """Return each auto-graded answer cell and the graded cell that judges it: the next one."""
    answers: dict[str, str] = {}
    answer = None
    for cell in unit.cells:
        if cell.solution and cell.cell_type == "code":
            answer = cell.grade_id
        elif cell.is_auto_graded and answer is not None:
            answers[answer] = cell.grade_id
            answer = None
    return answers


def with_answers(source: Path, answers: Mapping[str, str]) -> bytes:
    """Return a source notebook as a submission, with some of its answer cells replaced."""
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell.source = answers[grade_id]
        if cell.cell_type == "code":
            cell.outputs = []
            cell.source = without_hidden_tests(cell.source)
    return nbformat.writes(notebook).encode()


def verify_unit(
    course: Course, name: str, suites: Mapping[str, Suite], *, workers: int = 2
) -> Iterator[Row]:
    """Grade a unit's own solution and all variants; yield a row for each.

    Variants of different cells share submissions: the n-th of each cell are graded together, on
    that of the suites, by task, which is the unit's.

    Raises:
        GraderError: the unit or its variants are incomplete.
    """
    unit = source_unit(course, name)
    source = course.source_of(name)
    judges = answer_cells(unit)
    variants = load_variants(answers_folder(course), unit)
    rounds = max(map(len, variants.values()), default=0)
    batches: list[Sequence[Variant]] = [
        [],
        *([these[i] for these in variants.values() if i < len(these)] for i in range(rounds)),
    ]
    submissions = [
        Submission(str(i), with_answers(source, {v.cell: v.source for v in batch}))
        for i, batch in enumerate(batches)
    ]
    for submission, report in examine_all(submissions, unit, suites[unit.task], workers=workers):
        batch = batches[int(submission.student)]
        if not batch:
            yield from (_row(name, cell, SOLUTION, True, judges, report) for cell in judges)
        for variant in batch:
            yield _row(name, variant.cell, variant.name, variant.right, judges, report)


def rehearse_unit(course: Course, name: str, suites: Sequence[Suite]) -> Iterator[tuple[Row, ...]]:
    """Try a unit's own solution and all variants in this process, on one suite or several.

    No walls: only for variants that we wrote ourselves. Yields the rows of one variant after the
    other, a row for each suite.

    Raises:
        GraderError: the unit or its variants are incomplete, or its notebook doesn't run.
    """
    unit = source_unit(course, name)
    variants = load_variants(answers_folder(course), unit)
    rehearsal = Rehearsal(course, name)
    checks = {cell.grade_id: cell.check for cell in unit.auto_graded}
    for cell, judge in answer_cells(unit).items():
        solution = Variant(cell, SOLUTION, "")
        for variant in (solution, *variants[cell]):
            source = None if variant is solution else variant.source
            tried = _tried(rehearsal, cell, checks[judge], source, suites)
            right = variant is solution or variant.right
            yield tuple(Row(name, cell, variant.name, right, one.score, one.words) for one in tried)


def _tried(
    rehearsal: Rehearsal, cell: str, check: str, source: str | None, suites: Sequence[Suite]
) -> list[Scored]:
    try:
        answer = rehearsal.answer(cell, check, source)
    except Exception as error:
        return [Scored(0.0, f"its cell raised {type(error).__name__}: {error}")] * len(suites)
    return [try_answer(answer, check, suite) for suite in suites]


def _row(
    unit: str, cell: str, name: str, right: bool, judges: Mapping[str, str], report: Report
) -> Row:
    [verdict] = [one for one in report.verdicts if one.grade_id == judges[cell]]
    return Row(unit, cell, name, right, (verdict.points or 0.0) / verdict.max_points, verdict.words)

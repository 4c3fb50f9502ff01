"""The one writer of reports into nbgrader's gradebook, and the reader of units from it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from grader.errors import GraderError
from grader.report import Report, Status, Verdict
from grader.unit import Unit

UNIT_CELL = "glasslab_unit"
"""The name of the source cell in which a released unit is kept whole, in order.

nbgrader's own rows hold each cell's text but not the cells' order.
"""


@contextmanager
def open_gradebook(url: str) -> Iterator[Gradebook]:
    """Open nbgrader's gradebook, and close it in the end."""
    put_alembic_on_path()
    gradebook = Gradebook(url)
    try:
        yield gradebook
    finally:
        gradebook.close()


def put_alembic_on_path() -> None:
    """Let nbgrader find ``alembic``, which it calls by name, in an environment not activated."""
    if shutil.which("alembic") is None:
        here = str(Path(sys.executable).parent)
        os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", os.defpath)])


def load_unit(gradebook: Gradebook, name: str) -> Unit:
    """Read a released unit.

    Raises:
        GraderError: the unit was never released into this gradebook.
    """
    try:
        cell = gradebook.find_source_cell(UNIT_CELL, name, name)
    except MissingEntry as error:
        raise GraderError(
            f"Unit {name} isn't in the gradebook; release it with 'grader release {name}'."
        ) from error
    return Unit.from_json(str(cell.source))


def record(
    gradebook: Gradebook, report: Report, student: str, timestamp: datetime | None = None
) -> None:
    """Write a report's points and comments into a learner's rows, by nbgrader's own rules.

    A grade that a person gave stays, and is marked to be looked at again. ``timestamp`` (UTC) is
    when the work was handed in, if that is known.
    """
    gradebook.update_or_create_student(student)
    known: dict[str, Any] = {} if timestamp is None else {"timestamp": timestamp}
    gradebook.update_or_create_submission(report.unit, student, **known)
    for verdict in report.verdicts:
        # nbgrader declares its columns in a way that type checkers take for the columns themselves.
        grade: Any = gradebook.find_grade(verdict.grade_id, report.unit, report.unit, student)
        grade.auto_score = verdict.points
        grade.needs_manual_grade = verdict.points is None or grade.manual_score is not None
    comments = _comments(report)
    submitted = gradebook.find_submission_notebook(report.unit, report.unit, student)
    for comment in submitted.comments:
        comment.auto_comment = comments.get(comment.name)
    gradebook.db.commit()


def _comments(report: Report) -> dict[str, str]:
    """Return what stands under each answer cell: nbgrader keeps comments with answers."""
    by_answer: dict[str, Verdict] = {}
    answer = None
    for cell in report.notebook.cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("solution"):
            answer = metadata["grade_id"]
        for verdict in report.verdicts:
            if answer is not None and verdict.grade_id == metadata.get("grade_id"):
                by_answer[answer] = verdict
    return {
        name: "No response."
        if verdict.status is Status.NOT_ATTEMPTED and verdict.grade_id == name
        else verdict.words
        for name, verdict in by_answer.items()
        if verdict.status is not Status.NEEDS_PERSON
    }


def write_autograded(report: Report, autograded: Path, student: str) -> Path:
    """Write the rebuilt notebook where nbgrader's feedback and formgrader look for it."""
    path = autograded / student / report.unit / f"{report.unit}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(nbformat.writes(report.notebook), encoding="utf-8")
    partial.replace(path)
    return path

"""The step of ``nbgrader generate_feedback`` that gathers what a page says from the gradebook."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy import select

from grader.feedback import RESOURCE, HandedIn, Mark, answers_in, feedback_on
from grader.gradebook import open_gradebook
from grader.ledger_tables import REPORTS
from grader.report import Outcome, Status, Verdict
from grader.resubmissions import graded_at_most

Resources = dict[str, Any]


class GatherFeedback(NbGraderPreprocessor):
    """Hand the template the verdicts as recorded, with a person's scores and comments over them.

    It takes the place of nbgrader's ``GetGrades``, which reads points and comments only.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Read one learner's rows; the notebook stays as it is."""
        names = resources["nbgrader"]
        student, unit = names["student"], names["assignment"]
        with open_gradebook(names["db_url"]) as gradebook:
            # nbgrader declares its columns in a way that type checkers take for columns.
            notebook: Any = gradebook.find_submission_notebook(names["notebook"], unit, student)
            query = select(REPORTS.c.digest, REPORTS.c.current, REPORTS.c.report).where(
                REPORTS.c.unit == unit,
                REPORTS.c.student == student,
                REPORTS.c.graded.is_not(None),
            )
            rows = gradebook.db().execute(query).all()
            marks = _marks(notebook, nb)
            current = next((row for row in rows if row.current), None)
            outcome = (
                Outcome.from_json(current.report) if current else _outcome_of(notebook, unit, marks)
            )
            resources[RESOURCE] = feedback_on(
                nb,
                outcome,
                guide=self._guide(unit),
                marks=marks,
                penalty=notebook.late_submission_penalty or 0.0,
                handed_in=None
                if current is None
                else HandedIn(
                    receipt=current.digest,
                    received=notebook.assignment.timestamp,
                    seconds_late=_seconds_late(notebook.assignment),
                    attempt=len(rows),
                    attempts=graded_at_most(self.config),
                ),
            )
        return nb, resources

    def _guide(self, unit: str) -> NotebookNode | None:
        """Return the unit's source, or None where only the gradebook is at hand."""
        path = Path(self.config.CourseDirectory.source_directory) / unit / f"{unit}.ipynb"
        return _source(path, path.stat().st_mtime_ns) if path.is_file() else None


@lru_cache(maxsize=4)
def _source(path: Path, changed: int) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def _marks(notebook: Any, nb: NotebookNode) -> dict[str, Mark]:
    """Return points and people's comments by graded cell; comments are kept with answers."""
    comments = {one.name: one.manual_comment or "" for one in notebook.comments}
    answers = answers_in(nb)
    return {
        grade.name: Mark(
            points=None
            if grade.manual_score is None and grade.auto_score is None
            else float(grade.score),
            by_hand=grade.manual_score is not None,
            comment=comments.get(answers.get(grade.name, grade.name), ""),
        )
        for grade in notebook.grades
    }


def _outcome_of(notebook: Any, unit: str, marks: dict[str, Mark]) -> Outcome:
    """Return what the points alone tell, of work that our engine didn't grade."""
    verdicts = []
    for grade in notebook.grades:
        points = marks[grade.name].points
        if points is None:
            status = Status.NEEDS_PERSON
        elif points >= grade.max_score:
            status = Status.RIGHT
        else:
            status = Status.PARTLY if points > 0 else Status.WRONG
        verdicts.append(Verdict(grade.name, status, points, float(grade.max_score), ""))
    return Outcome(unit=unit, submission_digest="", verdicts=tuple(verdicts))


def _seconds_late(submitted: Any) -> float | None:
    # nbgrader's own property fails on an extension of an assignment without a due date.
    if submitted.timestamp is None or submitted.assignment.duedate is None:
        return None
    return float(submitted.total_seconds_late)

"""`nbgrader export` with names that stay names: no new column or row, and no formula."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins.export import ExportPlugin

COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)
"""Those of nbgrader's own export, in its order."""
COMPUTED = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With these a table program takes a cell for a formula (OWASP, "CSV Injection")."""


class SafeCsvExport(ExportPlugin):
    """Write grades as nbgrader's own plugin does, but with its commas and quotes escaped.

    A learner's name is a folder's: "bob,,,,100" would fill the columns beside it, a line break
    would add a row for another learner, and "=..." would be computed by who opens the file.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the table to ``to``, or to grades.csv."""
        with Path(self.to or "grades.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for row in self._rows(gradebook):
                writer.writerow([_as_text(row[name]) for name in COLUMNS])

    def _rows(self, gradebook: Gradebook) -> Iterator[dict[str, Any]]:
        # nbgrader declares its columns in a way that type checkers take for the columns themselves.
        assignments: list[Any] = gradebook.assignments
        students: list[Any] = gradebook.students
        for assignment in assignments:
            if self.assignment and assignment.name not in map(str, self.assignment):
                continue
            for student in students:
                if self.student and student.id not in map(str, self.student):
                    continue
                yield {
                    "assignment": assignment.name,
                    "duedate": assignment.duedate,
                    "student_id": student.id,
                    "last_name": student.last_name,
                    "first_name": student.first_name,
                    "email": student.email,
                    "max_score": assignment.max_score,
                    **_scores(gradebook, assignment.name, student.id),
                }


def _scores(gradebook: Gradebook, assignment: str, student: str) -> dict[str, Any]:
    try:
        submission: Any = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return {"timestamp": "", "raw_score": 0.0, "late_submission_penalty": 0.0, "score": 0.0}
    penalty = submission.late_submission_penalty
    return {
        "timestamp": submission.timestamp,
        "raw_score": submission.score,
        "late_submission_penalty": penalty,
        "score": max(0.0, submission.score - (penalty or 0.0)),
    }


def _as_text(value: Any) -> str:
    """Return a cell's text; one that would be computed begins with an apostrophe instead."""
    if isinstance(value, (int, float)):
        return str(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(COMPUTED) else text

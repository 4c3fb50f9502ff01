"""A unit's rows in nbgrader's tables, read and written for many learners at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from nbgrader import api
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from grader.errors import GraderError
from grader.late import LateRule
from grader.report import Report, Status, Verdict
from grader.unit import Unit

# nbgrader declares its columns in a way that type checkers take for the columns' values.
nb: Any = api


class Rows:
    """A unit's rows in nbgrader's tables, for some learners, read and written many at a time.

    nbgrader's own methods ask the database anew for each cell and commit after each. What they
    would write is written here, in their order of precedence: a person's score and comment stay.
    """

    def __init__(self, session: Session, unit: Unit, students: Sequence[str]) -> None:
        """Find the learners' rows, and make those that are missing.

        Raises:
            GraderError: the unit isn't in the gradebook.
        """
        self._session = session
        self._unit = unit
        cells = session.execute(
            select(
                nb.BaseCell.id,
                nb.BaseCell.name,
                nb.BaseCell.type,
                nb.BaseCell.notebook_id,
            )
            .join(nb.Notebook, nb.Notebook.id == nb.BaseCell.notebook_id)
            .join(nb.Assignment, nb.Assignment.id == nb.Notebook.assignment_id)
            .where(nb.Assignment.name == unit.name)
        ).all()
        self._graded = [cell for cell in cells if cell.type in ("GradeCell", "TaskCell")]
        self._commented = [cell for cell in cells if cell.type in ("SolutionCell", "TaskCell")]
        self._notebooks = dict(
            session.execute(
                select(nb.Notebook.name, nb.Notebook.id)
                .join(nb.Assignment, nb.Assignment.id == nb.Notebook.assignment_id)
                .where(nb.Assignment.name == unit.name)
            ).all()
        )
        if unit.name not in self._notebooks:
            raise GraderError(
                f"Unit {unit.name} isn't in the gradebook; release it with 'grader release "
                f"{unit.name}'."
            )
        self._own = self._notebooks[unit.name]
        self.submissions = self._submissions_of(students)
        """nbgrader's rows of the unit, by learner."""
        self._submitted = self._complete(self.submissions)

    def _submissions_of(self, students: Sequence[str]) -> dict[str, str]:
        session = self._session
        known = set(session.scalars(select(nb.Student.id).where(nb.Student.id.in_(students))).all())
        _insert(session, nb.Student, [{"id": one} for one in students if one not in known])
        assignment = session.scalars(
            select(nb.Assignment.id).where(nb.Assignment.name == self._unit.name)
        ).one()
        table = nb.SubmittedAssignment
        submissions = dict(
            session.execute(
                select(table.student_id, table.id).where(
                    table.assignment_id == assignment, table.student_id.in_(students)
                )
            ).all()
        )
        new = {one: nb.new_uuid() for one in students if one not in submissions}
        _insert(
            session,
            table,
            [{"id": i, "student_id": one, "assignment_id": assignment} for one, i in new.items()],
        )
        return submissions | new

    def _complete(self, submissions: dict[str, str]) -> dict[str, dict[str, str]]:
        """Give each submission all rows of notebooks, grades and comments that nbgrader gives.

        Returns:
            Each learner's row of each notebook.
        """
        table = nb.SubmittedNotebook
        found = self._session.execute(
            select(table.assignment_id, table.notebook_id, table.id).where(
                table.assignment_id.in_(submissions.values())
            )
        ).all()
        rows = {(row.assignment_id, row.notebook_id): row.id for row in found}
        missing = [
            {"id": nb.new_uuid(), "assignment_id": submission, "notebook_id": notebook}
            for submission in submissions.values()
            for notebook in self._notebooks.values()
            if (submission, notebook) not in rows
        ]
        _insert(self._session, table, missing)
        rows.update({(row["assignment_id"], row["notebook_id"]): row["id"] for row in missing})
        submitted = {
            student: {notebook: rows[submission, notebook] for notebook in self._notebooks.values()}
            for student, submission in submissions.items()
        }
        for kind, cells in ((nb.Grade, self._graded), (nb.Comment, self._commented)):
            have = {(row.notebook_id, row.cell_id) for row in self._rows_of(kind, submitted)}
            _insert(
                self._session,
                kind,
                [
                    {"notebook_id": mine[cell.notebook_id], "cell_id": cell.id}
                    for mine in submitted.values()
                    for cell in cells
                    if (mine[cell.notebook_id], cell.id) not in have
                ],
            )
        return submitted

    def _rows_of(self, kind: Any, submitted: dict[str, dict[str, str]]) -> Sequence[Any]:
        notebooks = [row for mine in submitted.values() for row in mine.values()]
        columns = [kind.id, kind.notebook_id, kind.cell_id]
        if kind is nb.Grade:
            columns.append(kind.manual_score)
        query = select(*columns).where(kind.notebook_id.in_(notebooks)).with_for_update()
        return self._session.execute(query).all()

    def fill(self, reports: Mapping[str, Report]) -> None:
        """Write points and comments by learner, by nbgrader's ``SaveAutoGrades``."""
        grades = {
            (row.notebook_id, row.cell_id): row for row in self._rows_of(nb.Grade, self._submitted)
        }
        comments = {
            (row.notebook_id, row.cell_id): row
            for row in self._rows_of(nb.Comment, self._submitted)
        }
        graded = {cell.name: cell.id for cell in self._graded if cell.notebook_id == self._own}
        scores, words = [], []
        for student, report in reports.items():
            mine = self._submitted[student][self._own]
            for verdict in report.verdicts:
                if verdict.grade_id not in graded:
                    raise GraderError(
                        f"The gradebook has no graded cell {verdict.grade_id!r} in "
                        f"{self._unit.name}; release the unit again."
                    )
                row = grades[mine, graded[verdict.grade_id]]
                unsure = verdict.points is None or row.manual_score is not None
                scores.append(
                    {"id": row.id, "auto_score": verdict.points, "needs_manual_grade": unsure}
                )
            said = _comments(report)
            words.extend(
                {"id": comments[mine, cell.id].id, "auto_comment": said.get(cell.name)}
                for cell in self._commented
                if cell.notebook_id == self._own
            )
        _update(self._session, nb.Grade, scores)
        _update(self._session, nb.Comment, words)

    def set_times(self, times: Mapping[str, datetime]) -> None:
        """Write when learners handed in."""
        _update(
            self._session,
            nb.SubmittedAssignment,
            [
                {"id": self.submissions[student], "timestamp": received}
                for student, received in times.items()
            ],
        )

    def hold(self, students: Sequence[str]) -> None:
        """Mark grades that stay for a person to look at, as nbgrader marks such."""
        mine = {self._submitted[student][self._own] for student in students}
        _update(
            self._session,
            nb.Grade,
            [
                {"id": row.id, "needs_manual_grade": True}
                for row in self._rows_of(nb.Grade, self._submitted)
                if row.notebook_id in mine
            ],
        )
        _update(
            self._session,
            nb.SubmittedNotebook,
            [{"id": notebook, "flagged": True} for notebook in mine],
        )

    def take_late_points(self, rule: LateRule, students: Sequence[str]) -> None:
        """Set the late penalties anew, by nbgrader's ``AssignLatePenalties``."""
        submissions = [self.submissions[student] for student in students]
        table = nb.SubmittedNotebook
        self._session.flush()
        self._session.expire_all()
        query = (
            select(table)
            .join(nb.SubmittedAssignment)
            .join(nb.Assignment)
            .where(
                table.assignment_id.in_(submissions),
                table.notebook_id == self._own,
                # Nothing is to be done for most: neither a due date nor an earlier penalty.
                nb.Assignment.duedate.is_not(None) | table.late_submission_penalty.is_not(None),
            )
        )
        for notebook in self._session.scalars(query):
            notebook.late_submission_penalty = rule.penalty(notebook)


def _insert(session: Session, kind: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(kind), rows)


def _update(session: Session, kind: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Change rows that each name their ``id``, many in one statement."""
    if rows:
        session.execute(update(kind), rows)


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

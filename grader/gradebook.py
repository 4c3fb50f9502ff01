"""The one writer of reports into nbgrader's gradebook, and the reader of units from it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from nbgrader import api
from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    insert,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from grader.arrivals import copy_receipts
from grader.course import Course
from grader.errors import GraderError
from grader.late import LateRule
from grader.report import Outcome, Report, Status, Verdict
from grader.unit import Unit
from grader.waiting import PATIENCE, passing, patiently

UNIT_CELL = "glasslab_unit"
"""The name of the source cell in which a released unit is kept whole, in order.

nbgrader's own rows hold each cell's text but not the cells' order.
"""

BUSY_SECONDS = 2
"""How long a statement waits for a lock before `patiently` hears of it."""

MAX_ATTEMPTS = 10
"""Submissions of a unit that are graded for one learner. Each tells at least one bit a question
about the hidden models, and these add up; what comes after is for a person."""

# nbgrader declares its columns in a way that type checkers take for the columns' values.
nb: Any = api

# Without foreign keys: nbgrader's commands may remove what they like from their own tables.
_OURS = MetaData()
REPORTS = Table(
    "glasslab_report",
    _OURS,
    Column("student", String(128), primary_key=True),
    Column("unit", String(128), primary_key=True),
    Column("digest", String(64), primary_key=True),  # of the submission's bytes
    Column("submission", String(32), nullable=False),  # nbgrader's row for which it was written
    Column("key", String(64), nullable=False),  # of the examination
    Column("current", Boolean, nullable=False),  # whether the grades are this report's
    Column("received", DateTime),  # UTC
    Column("graded", DateTime),  # UTC; null where it was left to a person
    Column("report", Text, nullable=False),  # JSON, without the notebook
)


@contextmanager
def open_gradebook(url: str, *, patience: float = PATIENCE) -> Iterator[Gradebook]:
    """Open nbgrader's gradebook, with our table beside its own, and close it in the end.

    An SQLite file is put into WAL mode: readers don't wait for the writer, nor it for them.

    Raises:
        GraderError: the database can't be reached, or another program held it too long.
    """
    put_alembic_on_path()
    gradebook = patiently(lambda: _open(url), place_of(url), patience=patience)
    try:
        yield gradebook
    finally:
        gradebook.close()


def _open(url: str) -> Gradebook:
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite:
        parsed = parsed.update_query_dict({"timeout": str(BUSY_SECONDS)})
    try:
        engine = create_engine(parsed)
        with engine.connect() as connection:
            if sqlite:
                # Kept by the file from then on: https://www.sqlite.org/wal.html
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        engine.dispose()
        gradebook = Gradebook(parsed.render_as_string(hide_password=False))
        # After nbgrader's tables: it takes a database that has any for one with all of its own.
        _OURS.create_all(gradebook.engine)
        return gradebook
    except ModuleNotFoundError as error:
        raise GraderError(
            f"{place_of(url)} needs the Python package {error.name!r}; for PostgreSQL install the "
            "course with its extra: pip install -e '.[grading,postgresql]'"
        ) from error
    except DBAPIError as error:
        if passing(error) is not None:
            raise
        reason = str(error.orig).strip().splitlines()[0]
        raise GraderError(f"{place_of(url)} can't be opened: {reason}") from error


def place_of(url: str) -> str:
    """Name the gradebook for people, without its password."""
    return f"The gradebook {make_url(url).render_as_string(hide_password=True)}"


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


@dataclass(frozen=True)
class _Entry:
    """One report that waits to be written."""

    student: str
    report: Report
    key: str
    received: datetime | None
    held: str | None
    """Why it is left to a person, if it is; the earlier grade then stays."""


class Writer:
    """The only thing that writes grades. Use it in a ``with`` block, and from one thread.

    Reports are queued and committed many at a time, each batch in one transaction with the rows of
    `REPORTS`: a grader killed at any moment leaves whole batches. Leaving the block commits the
    rest, but for a block that ends in an error: what was queued then is written by whoever runs
    the same command again. While another program holds the database, or the disk is full, the
    writer says so and waits.

    Args:
        course: Where the gradebook and the graded notebooks are.
        unit: The unit, as it was released.
        batch: Reports after which they are committed.
        seconds: Time since the last commit after which the next report is committed at once.
        patience: Seconds to wait for a database that can't be written.
        url: The gradebook; by default the course's.
    """

    def __init__(
        self,
        course: Course,
        unit: Unit,
        *,
        batch: int = 32,
        seconds: float = 2.0,
        patience: float = PATIENCE,
        url: str | None = None,
    ) -> None:
        self._course = course
        self._unit = unit
        self._batch = batch
        self._seconds = seconds
        self._patience = patience
        self._url = url or course.workspace.gradebook_url
        self._opening = open_gradebook(self._url, patience=patience)
        self._late = LateRule(course)
        self._queue: dict[str, _Entry] = {}
        self._flushed = 0.0

    def __enter__(self) -> Writer:
        self._gradebook = self._opening.__enter__()
        self._flushed = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._opening.__exit__(kind, error, trace)

    def recorded(self) -> dict[str, str]:
        """Return, by learner, the key of the examination whose grades the gradebook holds.

        Learners whose rows were removed, or whose graded notebook is gone, are left out.
        """
        return {row.student: row.key for row in self._current() if self._notebook_of(row.student)}

    def outcomes(self) -> dict[str, Outcome]:
        """Return, by learner, what was found in the submission whose grades stand."""
        return {row.student: Outcome.from_json(row.report) for row in self._current()}

    def attempts(self, student: str) -> int:
        """Return how many different submissions of this unit were graded for a learner."""
        return len(self._graded(student))

    def may_grade(self, student: str, digest: str, most: int = MAX_ATTEMPTS) -> bool:
        """Return whether a submission is among the first ``most`` that are graded for a learner.

        One that was graded before may always be graded again: it tells nothing new.
        """
        graded = self._graded(student)
        return digest in graded or len(graded) < most

    def write(self, student: str, report: Report, key: str, received: datetime | None) -> None:
        """Queue a report; see the class for when it is committed.

        Args:
            student: Whose it is.
            report: What was found.
            key: The examination's key, by which `recorded` knows it again.
            received: When the work was handed in, UTC, from a trusted source; None leaves what
                the gradebook holds.

        Raises:
            GraderError: the gradebook could not be written for too long.
        """
        self._add(_Entry(student, report, key, _utc(received), None))

    def hold(self, student: str, report: Report, key: str, received: datetime | None) -> None:
        """Queue a submission that isn't graded: the earlier grade stays, for a person to look at.

        nbgrader flags the learner's notebook. A submission is held once: what the person then
        decided isn't marked again.

        Args:
            student: Whose it is.
            report: Says why, in its incidents; its verdicts aren't used.
            key: See `write`.
            received: See `write`; kept in our table only.

        Raises:
            GraderError: the gradebook could not be written for too long.
        """
        reason = "; ".join(incident.words for incident in report.incidents)
        self._add(_Entry(student, report, key, _utc(received), reason))

    def flush(self) -> None:
        """Write the graded notebooks of what is queued, and commit it.

        Raises:
            GraderError: the gradebook or the folder could not be written for too long.
        """
        if self._queue:
            patiently(self._commit, place_of(self._url), patience=self._patience)
            self._queue.clear()
        self._flushed = time.monotonic()

    def _add(self, entry: _Entry) -> None:
        if entry.student in self._queue:
            self.flush()  # the newer one is written on top, as if it had come a day later
        self._queue[entry.student] = entry
        late = time.monotonic() - self._flushed > self._seconds
        if late or len(self._queue) >= self._batch:
            self.flush()

    def _current(self) -> Sequence[Any]:
        rows = (
            select(REPORTS.c.student, REPORTS.c.key, REPORTS.c.report)
            .join(
                nb.SubmittedAssignment,
                nb.SubmittedAssignment.id == REPORTS.c.submission,
            )
            .where(REPORTS.c.unit == self._unit.name, REPORTS.c.current)
        )
        return self._read(rows)

    def _graded(self, student: str) -> set[str]:
        rows = select(REPORTS.c.digest).where(
            REPORTS.c.unit == self._unit.name,
            REPORTS.c.student == student,
            REPORTS.c.graded.is_not(None),
        )
        digests = {row.digest for row in self._read(rows)}
        waiting = self._queue.get(student)
        if waiting is not None and waiting.held is None:
            digests.add(waiting.report.submission_digest)
        return digests

    def _read(self, query: Any) -> Sequence[Any]:
        session = self._gradebook.db()

        def read() -> Sequence[Any]:
            try:
                return session.execute(query).all()
            finally:
                session.rollback()

        return patiently(read, place_of(self._url), patience=self._patience)

    def _notebook_of(self, student: str) -> bool:
        name = self._unit.name
        return (self._course.workspace.autograded / student / name / f"{name}.ipynb").is_file()

    def _commit(self) -> None:
        """Write all that is queued; nothing of it if this raises, but for the notebooks."""
        entries = list(self._queue.values())
        graded = [entry for entry in entries if entry.held is None]
        workspace = self._course.workspace
        for entry in graded:
            path = write_autograded(entry.report, workspace.autograded, entry.student)
            copy_receipts(workspace.submitted / entry.student / self._unit.name, path.parent)
        session = self._gradebook.db()
        try:
            self._lock(session, [entry.student for entry in graded])
            rows = _Rows(session, self._unit)
            submissions = rows.of([entry.student for entry in entries])
            rows.fill(graded)
            rows.hold([one for one in entries if one.held and not self._was_held(session, one)])
            rows.take_late_points(self._late, [submissions[entry.student] for entry in graded])
            self._keep_reports(session, entries, submissions)
            session.commit()
        except BaseException:
            session.rollback()
            raise

    def _lock(self, session: Session, students: Sequence[str]) -> None:
        """Begin with the lock that one writer holds at a time, so that what is read next stays."""
        if self._gradebook.engine.dialect.name == "postgresql":
            session.execute(text(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'"))
            session.execute(text("LOCK TABLE glasslab_report IN SHARE ROW EXCLUSIVE MODE"))
        # On SQLite it is this first change that takes it.
        session.execute(
            update(REPORTS)
            .where(REPORTS.c.unit == self._unit.name, REPORTS.c.student.in_(students))
            .values(current=False)
        )

    def _was_held(self, session: Session, entry: _Entry) -> bool:
        return (
            session.execute(
                select(REPORTS.c.key).where(
                    REPORTS.c.unit == self._unit.name,
                    REPORTS.c.student == entry.student,
                    REPORTS.c.digest == entry.report.submission_digest,
                )
            ).first()
            is not None
        )

    def _keep_reports(
        self, session: Session, entries: Sequence[_Entry], submissions: dict[str, str]
    ) -> None:
        now = datetime.now(UTC).replace(tzinfo=None)
        for entry in entries:
            session.execute(
                delete(REPORTS).where(
                    REPORTS.c.unit == self._unit.name,
                    REPORTS.c.student == entry.student,
                    REPORTS.c.digest == entry.report.submission_digest,
                )
            )
        session.execute(
            insert(REPORTS),
            [
                {
                    "student": entry.student,
                    "unit": self._unit.name,
                    "digest": entry.report.submission_digest,
                    "submission": submissions[entry.student],
                    "key": entry.key,
                    "current": entry.held is None,
                    "received": entry.received,
                    "graded": now if entry.held is None else None,
                    "report": entry.report.outcome.to_json(),
                }
                for entry in entries
            ],
        )


class _Rows:
    """A unit's rows in nbgrader's tables, for some learners, read and written many at a time.

    nbgrader's own methods ask the database anew for each cell and commit after each. What they
    would write is written here, in their order of precedence: a person's score and comment stay.
    """

    def __init__(self, session: Session, unit: Unit) -> None:
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
        self._submitted: dict[str, dict[str, str]] = {}  # student -> notebook -> its submitted row

    def of(self, students: Sequence[str]) -> dict[str, str]:
        """Return the learners' rows of this unit, made where missing, as nbgrader makes them."""
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
        submissions.update(new)
        self._complete(submissions)
        return submissions

    def _complete(self, submissions: dict[str, str]) -> None:
        """Give each submission all rows of notebooks, grades and comments that nbgrader gives."""
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
        self._submitted = {
            student: {notebook: rows[submission, notebook] for notebook in self._notebooks.values()}
            for student, submission in submissions.items()
        }
        for kind, cells in ((nb.Grade, self._graded), (nb.Comment, self._commented)):
            have = {(row.notebook_id, row.cell_id) for row in self._rows_of(kind)}
            _insert(
                self._session,
                kind,
                [
                    {"notebook_id": mine[cell.notebook_id], "cell_id": cell.id}
                    for mine in self._submitted.values()
                    for cell in cells
                    if (mine[cell.notebook_id], cell.id) not in have
                ],
            )

    def _rows_of(self, kind: Any) -> Sequence[Any]:
        notebooks = [row for mine in self._submitted.values() for row in mine.values()]
        columns = [kind.id, kind.notebook_id, kind.cell_id]
        if kind is nb.Grade:
            columns.append(kind.manual_score)
        query = select(*columns).where(kind.notebook_id.in_(notebooks)).with_for_update()
        return self._session.execute(query).all()

    def fill(self, entries: Sequence[_Entry]) -> None:
        """Write points and comments, by nbgrader's ``SaveAutoGrades``."""
        grades = {(row.notebook_id, row.cell_id): row for row in self._rows_of(nb.Grade)}
        comments = {(row.notebook_id, row.cell_id): row for row in self._rows_of(nb.Comment)}
        graded = {cell.name: cell.id for cell in self._graded if cell.notebook_id == self._own}
        times, scores, words = [], [], []
        for entry in entries:
            mine = self._submitted[entry.student][self._own]
            for verdict in entry.report.verdicts:
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
            said = _comments(entry.report)
            words.extend(
                {"id": comments[mine, cell.id].id, "auto_comment": said.get(cell.name)}
                for cell in self._commented
                if cell.notebook_id == self._own
            )
            if entry.received is not None:
                times.append((entry.student, entry.received))
        _update(self._session, nb.Grade, scores)
        _update(self._session, nb.Comment, words)
        self._set_times(times)

    def _set_times(self, times: Sequence[tuple[str, datetime]]) -> None:
        table = nb.SubmittedNotebook
        of = dict(
            self._session.execute(
                select(table.id, table.assignment_id).where(
                    table.id.in_([self._submitted[student][self._own] for student, _ in times])
                )
            ).all()
        )
        _update(
            self._session,
            nb.SubmittedAssignment,
            [
                {"id": of[self._submitted[student][self._own]], "timestamp": received}
                for student, received in times
            ],
        )

    def hold(self, entries: Sequence[_Entry]) -> None:
        """Mark grades that stay for a person to look at, as nbgrader marks such."""
        mine = {self._submitted[entry.student][self._own] for entry in entries}
        _update(
            self._session,
            nb.Grade,
            [
                {"id": row.id, "needs_manual_grade": True}
                for row in self._rows_of(nb.Grade)
                if row.notebook_id in mine
            ],
        )
        _update(
            self._session,
            nb.SubmittedNotebook,
            [{"id": notebook, "flagged": True} for notebook in mine],
        )

    def take_late_points(self, rule: LateRule, submissions: Sequence[str]) -> None:
        """Set the late penalties anew, by nbgrader's ``AssignLatePenalties``."""
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


def _utc(moment: datetime | None) -> datetime | None:
    """Return a moment as nbgrader keeps it: UTC, without a zone."""
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)


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
    # Not by nbformat, which copies, validates and indents at thirty times the price: the notebook
    # was built by its own constructors.
    partial.write_text(json.dumps(report.notebook, ensure_ascii=False), "utf-8", "replace")
    partial.replace(path)
    return path

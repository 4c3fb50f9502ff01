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

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy import create_engine, delete, insert, make_url, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from grader.arrivals import copy_receipts
from grader.course import Course
from grader.errors import GraderError
from grader.late import LateRule
from grader.ledger import Ledger, Receipt
from grader.ledger_tables import NEXT, RECEIPTS, REPORTS, TABLES
from grader.report import Incident, Outcome, Report
from grader.rows import Rows, nb
from grader.unit import Unit
from grader.waiting import FULL, LOCKED, PATIENCE, passing, patiently

UNIT_CELL = "glasslab_unit"
"""The name of the source cell in which a released unit is kept whole, in order.

nbgrader's own rows hold each cell's text but not the cells' order.
"""

BUSY_SECONDS = 2
"""How long a statement waits for a lock before `patiently` hears of it."""

TOO_MANY_ATTEMPTS = Incident(
    "too many attempts",
    "as many different submissions were graded as the class may hand in; this one isn't examined, "
    "and the earlier grade stays until a person decides",
)


@contextmanager
def open_gradebook(url: str, *, patience: float = PATIENCE) -> Iterator[Gradebook]:
    """Open nbgrader's gradebook, with our tables beside its own, and close it in the end.

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
        TABLES.create_all(gradebook.engine)
        return gradebook
    except ModuleNotFoundError as error:
        raise GraderError(
            f"{place_of(url)} needs the Python package {error.name!r}; for PostgreSQL install the "
            "course with its extra: pip install -e '.[grading,postgresql]'"
        ) from error
    except DBAPIError as error:
        if passing(error) in (LOCKED, FULL):
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
        self._times: dict[str, datetime | None] = {}
        self._receipts: dict[tuple[str, str], Receipt] = {}  # that counted, and aren't kept so yet
        self._ledger: Ledger | None = None
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

    def may_grade(self, student: str, digest: str, most: int) -> bool:
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

    def receipt(self, student: str, digest: str, file: Path) -> Receipt:
        """Return when a submission was handed in, from trusted sources only (see `Ledger`).

        It is kept when something is written next.

        Args:
            student: Whose it is.
            digest: Of its bytes.
            file: Where they lie in the class's folder.
        """
        if self._ledger is None:
            rows = select(RECEIPTS).where(RECEIPTS.c.unit == self._unit.name)
            self._ledger = Ledger(self._read(rows))
        receipt = self._ledger.receipt(student, digest, file)
        if self._ledger.changes(student, digest, receipt):
            self._receipts[student, digest] = receipt
        return receipt

    def retime(self, student: str, received: datetime | None) -> None:
        """Queue the time of a submission whose grades stand; late points follow it.

        Raises:
            GraderError: the gradebook could not be written for too long.
        """
        self._times[student] = _utc(received)
        self._flush_if_due()

    def flush(self) -> None:
        """Write the graded notebooks of what is queued, and commit it.

        Raises:
            GraderError: the gradebook or the folder could not be written for too long.
        """
        if self._queue or self._times:
            patiently(self._commit, place_of(self._url), patience=self._patience)
            self._queue.clear()
            self._times.clear()
            self._receipts.clear()
        self._flushed = time.monotonic()

    def _add(self, entry: _Entry) -> None:
        if entry.student in self._queue:
            self.flush()  # the newer one is written on top, as if it had come a day later
        self._queue[entry.student] = entry
        self._times.pop(entry.student, None)
        self._flush_if_due()

    def _flush_if_due(self) -> None:
        late = time.monotonic() - self._flushed > self._seconds
        if late or len(self._queue) + len(self._times) >= self._batch:
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
        graded = {one.student: one.report for one in entries if one.held is None}
        workspace = self._course.workspace
        for student, report in graded.items():
            path = write_autograded(report, workspace.autograded, student)
            copy_receipts(workspace.submitted / student / self._unit.name, path.parent)
        times = {one.student: one.received for one in entries if one.held is None}
        times = {name: time for name, time in (times | self._times).items() if time is not None}
        session = self._gradebook.db()
        try:
            self._lock(session, list(graded))
            students = list(dict.fromkeys([*self._queue, *self._times]))
            rows = Rows(session, self._unit, students)
            rows.fill(graded)
            rows.hold([one.student for one in entries if one.held and self._is_new(session, one)])
            # nbgrader's autograde may have written what a held submission claims.
            rows.set_times(times | self._standing_times(session, entries))
            rows.take_late_points(self._late, students)
            self._keep_reports(session, entries, rows.submissions)
            self._keep_receipts(session)
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

    def _is_new(self, session: Session, entry: _Entry) -> bool:
        return session.execute(select(REPORTS.c.key).where(*self._is(entry))).first() is None

    def _standing_times(self, session: Session, entries: Sequence[_Entry]) -> dict[str, datetime]:
        """Return, for held submissions, when those came in whose grades stand."""
        query = select(REPORTS.c.student, REPORTS.c.received).where(
            REPORTS.c.unit == self._unit.name,
            REPORTS.c.student.in_([one.student for one in entries if one.held is not None]),
            REPORTS.c.current,
            REPORTS.c.received.is_not(None),
        )
        return {row.student: row.received for row in session.execute(query)}

    def _is(self, entry: _Entry) -> tuple[Any, ...]:
        return (
            REPORTS.c.unit == self._unit.name,
            REPORTS.c.student == entry.student,
            REPORTS.c.digest == entry.report.submission_digest,
        )

    def _keep_reports(
        self, session: Session, entries: Sequence[_Entry], submissions: dict[str, str]
    ) -> None:
        now = datetime.now(UTC).replace(tzinfo=None)
        for entry in entries:
            session.execute(delete(REPORTS).where(*self._is(entry)))
        if not entries:
            return
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

    def _keep_receipts(self, session: Session) -> None:
        """Keep what counted for which bytes, so that it counts for them from now on."""
        for (student, digest), receipt in self._receipts.items():
            mine = (RECEIPTS.c.unit == self._unit.name, RECEIPTS.c.student == student)
            of_source = RECEIPTS.c.source == receipt.source
            session.execute(
                delete(RECEIPTS).where(*mine, of_source, RECEIPTS.c.digest.in_([digest, NEXT]))
            )
            session.execute(
                insert(RECEIPTS).values(
                    student=student,
                    unit=self._unit.name,
                    source=receipt.source,
                    digest=digest,
                    received=receipt.received,
                )
            )


def _utc(moment: datetime | None) -> datetime | None:
    """Return a moment as nbgrader keeps it: UTC, without a zone."""
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)


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

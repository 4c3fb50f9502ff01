"""When work was handed in, from sources that its learner can't write to: a list, the exchange."""

from __future__ import annotations

import csv
import io
import os
import pwd
import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default.exchange import Exchange
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from grader.arrivals import MAX_RECEIPT_BYTES, read_regular
from grader.course import Course
from grader.errors import GraderError
from grader.gradebook import open_gradebook, place_of
from grader.ledger import TOLERANCE
from grader.ledger_tables import EXCHANGE, IMPORTED, NEXT, RECEIPTS
from grader.names import EXCHANGE_FILES, is_fit_name
from grader.submission import MAX_SUBMISSION_BYTES, digest_of
from grader.waiting import patiently

MAX_LIST_BYTES = 10 * 2**20

T = TypeVar("T")


def read_list(path: Path) -> dict[str, datetime]:
    """Read a list of receipts: CSV with the columns ``student`` and ``received``, others ignored.

    A time is ISO 8601 with its zone, as in ``2026-03-01T12:00:00+01:00``.

    Returns:
        Times in UTC, without a zone, by learner.

    Raises:
        GraderError: it can't be read, or a row is not what it must be; nothing is guessed.
    """
    try:
        content = path.read_bytes()[: MAX_LIST_BYTES + 1]
        if len(content) > MAX_LIST_BYTES:
            raise GraderError(f"{path} is larger than 10 MB; that is no list of receipts.")
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        missing = {"student", "received"} - set(rows.fieldnames or ())
        if missing:
            raise GraderError(f"{path} has no column {' and none '.join(sorted(missing))}.")
        found: dict[str, datetime] = {}
        for row in rows:
            student, received = row["student"], row["received"]
            where = f"{path}, line {rows.line_num}"
            if None in row or received is None or not is_fit_name(student):
                raise GraderError(f"{where}: {student!r} can't be a learner, or a column is off.")
            if student in found:
                raise GraderError(f"{where}: {student} comes a second time; keep the newest row.")
            found[student] = _moment(received, where)
    except OSError as error:
        raise GraderError(f"{path} can't be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise GraderError(f"{path} is not CSV in UTF-8: {error}.") from error
    return found


def _moment(text: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            raise GraderError(
                f"{where}: {text!r} names no zone; write it as in 2026-03-01T12:00:00+01:00."
            )
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise GraderError(
            f"{where}: {text!r} is no time; write it as in 2026-03-01T12:00:00+01:00."
        ) from error
    if moment > datetime.now(UTC) + TOLERANCE or moment.year < 2000:
        raise GraderError(f"{where}: nothing can have been handed in on {text!r}.")
    return moment.replace(tzinfo=None)


def import_list(course: Course, unit: str, times: dict[str, datetime]) -> int:
    """Keep receipts from a list: each belongs to the submission of its learner graded next.

    A time that is known already is left where it belongs, so the same list may come again.

    Returns:
        How many were new.
    """

    def keep(session: Session) -> int:
        mine = (RECEIPTS.c.unit == unit, RECEIPTS.c.source == IMPORTED)
        known = {
            (row.student, row.received) for row in session.execute(select(RECEIPTS).where(*mine))
        }
        new = {student: time for student, time in times.items() if (student, time) not in known}
        waiting = RECEIPTS.c.digest == NEXT
        session.execute(delete(RECEIPTS).where(*mine, waiting, RECEIPTS.c.student.in_(new)))
        _insert(session, unit, IMPORTED, ((student, NEXT, time) for student, time in new.items()))
        return len(new)

    return _in_the_gradebook(course, keep)


@dataclass(frozen=True)
class Inbound:
    """One submission in nbgrader's exchange."""

    student: str
    folder: Path
    content: bytes
    received: datetime


@dataclass(frozen=True)
class Collected:
    """What collecting came to."""

    students: tuple[str, ...]
    """Whose newest submission is in the class's folder now and wasn't before."""
    unchanged: int
    left_out: tuple[str, ...]
    """What was not taken, and why, in sentences."""


def collect(
    course: Course, unit: str, *, exchange: Path | None = None, any_owner: bool = False
) -> Collected:
    """Take each learner's newest submission from nbgrader's exchange, with a receipt of its own.

    What counts is neither the time in a folder's name nor that in its ``timestamp.txt``, which
    learners can write, but when the system last changed the folder or the notebook. No link is
    followed, and of each folder only the notebook and the exchange's two files are taken.

    Args:
        course: Where submissions go.
        unit: The unit.
        exchange: The exchange's folder; by default the one of ``nbgrader_config.py``.
        any_owner: Take folders, too, that don't belong to the account of the learner they name:
            where all learners share one account, as on some hubs.

    Raises:
        GraderError: there is no such exchange.
    """
    config = course.configured()
    directory = CourseDirectory(config=config)
    root = exchange or Path(Exchange(coursedir=directory, config=config).root)
    inbound = root / directory.course_id / "inbound"
    if not inbound.is_dir():
        raise GraderError(
            f"There is no exchange in {inbound}; name its folder with --exchange, or set "
            "c.Exchange.root in nbgrader_config.py."
        )
    arrived, left_out = _arrived(inbound, unit, any_owner)
    rows = {(one.student, digest_of(one.content)): one.received for one in reversed(arrived)}

    def keep(session: Session) -> None:
        mine = (RECEIPTS.c.unit == unit, RECEIPTS.c.source == EXCHANGE)
        known = {
            (row.student, row.digest) for row in session.execute(select(RECEIPTS).where(*mine))
        }
        new = ((*key, received) for key, received in rows.items() if key not in known)
        _insert(session, unit, EXCHANGE, new)

    _in_the_gradebook(course, keep)
    newest = {one.student: one for one in arrived}
    taken = tuple(student for student, one in newest.items() if _place(course, unit, one))
    return Collected(taken, len(newest) - len(taken), tuple(left_out))


def _arrived(inbound: Path, unit: str, any_owner: bool) -> tuple[list[Inbound], list[str]]:
    """Return what came in, oldest first, and what can't have come from whom it names."""
    name = re.compile(rf"(?P<student>.+)\+{re.escape(unit)}\+[^+]+(\+[^+]+)?", re.DOTALL)
    found, left_out = [], []
    for folder in sorted(inbound.iterdir()):
        match = name.fullmatch(folder.name)
        if match is None:
            continue
        student, notebook = match["student"], folder / f"{unit}.ipynb"
        status = folder.lstat()
        content = read_regular(notebook, MAX_SUBMISSION_BYTES)
        if not is_fit_name(student) or not stat.S_ISDIR(status.st_mode):
            left_out.append(f"{folder.name!a} is not a learner's folder.")
        elif content is None:
            left_out.append(f"{folder.name} holds no readable {unit}.ipynb.")
        elif not any_owner and not _is_of(student, status, notebook.lstat()):
            left_out.append(
                f"{folder.name} does not belong to the account of {student}; where accounts are "
                "shared, use --any-owner."
            )
        else:
            # Asked after reading, and of both: what is put in place later has changed later.
            changed = max(folder.lstat().st_ctime, notebook.lstat().st_ctime)
            received = datetime.fromtimestamp(changed, UTC).replace(tzinfo=None)
            found.append(Inbound(student, folder, content, received))
    return sorted(found, key=lambda one: one.received), left_out


def _is_of(student: str, *things: os.stat_result) -> bool:
    try:
        return {one.st_uid for one in things} == {pwd.getpwnam(student).pw_uid}
    except KeyError:
        return False


def _place(course: Course, unit: str, one: Inbound) -> bool:
    """Put a submission into the class's folder; return whether it is another than was there."""
    folder = course.workspace.submitted / one.student / unit
    notebook = folder / f"{unit}.ipynb"
    if read_regular(notebook, MAX_SUBMISSION_BYTES) == one.content:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for name in EXCHANGE_FILES:
        (folder / name).unlink(missing_ok=True)
        content = read_regular(one.folder / name, MAX_RECEIPT_BYTES)
        if content is not None and len(content) <= MAX_RECEIPT_BYTES:
            (folder / name).write_bytes(content)
    partial = notebook.with_suffix(".partial")
    partial.write_bytes(one.content)
    partial.replace(notebook)
    return True


def _insert(
    session: Session, unit: str, source: str, rows: Iterable[tuple[str, str, datetime]]
) -> None:
    values = [
        {"student": student, "unit": unit, "source": source, "digest": digest, "received": time}
        for student, digest, time in rows
    ]
    if values:
        session.execute(insert(RECEIPTS), values)


def _in_the_gradebook(course: Course, act: Callable[[Session], T]) -> T:
    """Do something in one transaction."""
    url = course.workspace.gradebook_url
    with open_gradebook(url) as gradebook:

        def once() -> T:
            session = gradebook.db()
            try:
                result = act(session)
                session.commit()
            finally:
                session.rollback()
            return result

        return patiently(once, place_of(url))

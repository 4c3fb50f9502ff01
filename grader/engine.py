"""Many submissions: read from the class's folders, examined side by side, in order of arrival."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from grader.errors import GraderError
from grader.examiner import examine, for_a_person
from grader.report import Incident, Report
from grader.sandbox import Limits, Walls, require_walls
from grader.submission import MAX_SUBMISSION_BYTES
from grader.suite import Suite
from grader.unit import Unit

log = logging.getLogger(__name__)

TIMESTAMP_FILE = "timestamp.txt"
MAX_RECEIPT_BYTES = 200


@dataclass(frozen=True)
class Submission:
    """One learner's notebook as bytes, with what was odd about its file."""

    student: str
    content: bytes
    incidents: tuple[Incident, ...] = ()
    timestamp: datetime | None = None
    """When it was handed in, by the file that nbgrader's exchange writes; UTC without a zone."""


def find_submissions(submitted: Path, unit: str) -> list[Submission]:
    """Read every learner's notebook of a unit from ``submitted/STUDENT/UNIT/UNIT.ipynb``.

    Raises:
        GraderError: there are none.
    """
    found = [
        read_submission(folder.parent.name, folder / f"{unit}.ipynb")
        for folder in sorted(submitted.glob(f"*/{unit}"))
        if folder.is_dir() and not folder.is_symlink() and not folder.parent.is_symlink()
    ]
    if not found:
        raise GraderError(
            f"No submissions of {unit} under {submitted}; each belongs in "
            f"STUDENT/{unit}/{unit}.ipynb."
        )
    return found


def read_submission(student: str, path: Path) -> Submission:
    """Read one submitted file without following a link out of the submission."""
    content = _read_regular(path, MAX_SUBMISSION_BYTES)
    if content is None:
        words = "there is no readable notebook of the expected name"
        return Submission(student, b"", (Incident("no notebook", words),))
    written = _read_regular(path.parent / TIMESTAMP_FILE, MAX_RECEIPT_BYTES)
    if written is None:
        return Submission(student, content)
    try:
        timestamp = parse_utc(written.decode().strip())
    except (ValueError, OverflowError):
        words = f"its {TIMESTAMP_FILE} can't be read; when it was handed in is not known"
        return Submission(student, content, (Incident("no timestamp", words),))
    return Submission(student, content, timestamp=timestamp)


def copy_receipts(submitted: Path, autograded: Path) -> None:
    """Copy the two small files that nbgrader's exchange needs to hand feedback back."""
    for name in (TIMESTAMP_FILE, "submission_secret.txt"):
        content = _read_regular(submitted / name, MAX_RECEIPT_BYTES)
        if content is not None:
            (autograded / name).write_bytes(content[:MAX_RECEIPT_BYTES])


def _read_regular(path: Path, most: int) -> bytes | None:
    """Read a regular file, one byte more than is allowed at most; None if it isn't one."""
    try:
        # Not blocking: a named pipe would otherwise wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(most + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def examine_all(
    submissions: Sequence[Submission],
    unit: Unit,
    suite: Suite,
    *,
    workers: int = 2,
    limits: Limits | None = None,
    walls: Walls | None = None,
) -> Iterator[tuple[Submission, Report]]:
    """Examine submissions, ``workers`` at a time; yield each as it is done.

    Raises:
        SandboxUnavailable: the walls can't be built on this machine.
    """
    require_walls()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running = {
            pool.submit(_examine_one, one, unit, suite, limits, walls): one for one in submissions
        }
        try:
            for future in as_completed(running):
                yield running[future], future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _examine_one(
    submission: Submission,
    unit: Unit,
    suite: Suite,
    limits: Limits | None,
    walls: Walls | None,
) -> Report:
    """Examine one submission; a fault of ours makes it a person's case, not the batch's end."""
    try:
        report = examine(submission.content, unit, suite, limits=limits, walls=walls)
    except Exception:
        log.exception("Examining the submission of %s failed", submission.student)
        report = for_a_person(submission.content, unit, "examining it failed; see the log")
    return replace(report, incidents=(*submission.incidents, *report.incidents))

"""What is examined already: a file that outlives a grader killed at any moment.

A report is safe once its line is on the disk. What stands in the gradebook need not stand here, so
the journal stays small: it holds what is newer than the gradebook's last commit.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType

import glasslab
import grader
from glasslab.models import to_bytes
from grader.errors import GraderError
from grader.report import Report
from grader.suite import Suite
from grader.unit import Unit

log = logging.getLogger(__name__)


def examination_key(content: bytes, unit: Unit, suite: Suite) -> str:
    """Return the name of an examination: the same key, the same report.

    It covers the submission's bytes, the unit, the hidden suite and the grader that examines.
    """
    digest = hashlib.sha256()
    for part in (
        content,
        unit.to_json().encode(),
        suite_digest(suite).encode(),
        grader_digest().encode(),
    ):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def not_standing(key: str) -> str:
    """Return another key for a report that holds a fault of ours: the next run tries again."""
    return hashlib.sha256(f"not standing: {key}".encode()).hexdigest()


@lru_cache(maxsize=8)
def suite_digest(suite: Suite) -> str:
    """Return the name of a hidden suite: its models' names, roles, weights, and question seed."""
    digest = hashlib.sha256(json.dumps([suite.task, suite.question_seed]).encode())
    for subject in suite.subjects:
        weights, config = to_bytes(subject.model)
        about = [subject.name, subject.role, config, hashlib.sha256(weights).hexdigest()]
        digest.update(json.dumps(about, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()


@lru_cache(maxsize=1)
def grader_digest() -> str:
    """Return the version of all that a verdict depends on: of the code as it lies here.

    The package's number would miss a probe that an instructor has just mended.
    """
    digest = hashlib.sha256()
    for package in (grader, glasslab):
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*.py")):
            digest.update(f"{package.__name__}/{path.relative_to(root)}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@dataclass(frozen=True)
class Entry:
    """One line of the journal: an examination that is done."""

    student: str
    key: str
    forced: bool
    """Whether it was asked for though the gradebook held its like."""
    report: Report


class Journal:
    """The journal of one unit, held by one grader at a time, from ``with`` to the block's end.

    A disk that is full or can't be written never ends a batch: grading goes on, `add` says that the
    report isn't safe before the gradebook's next commit, and `trouble` keeps why.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble: str | None = None
        """Why the last report that could not be written wasn't."""
        self._descriptor: int | None = None

    def __enter__(self) -> Journal:
        """Open and lock the file.

        Raises:
            GraderError: another grader is at work on this unit.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._close()
            raise GraderError(
                f"Another grader is at work on {self.path.stem}; wait until it is done, or stop it."
            ) from error
        except OSError as error:
            self._tell(error)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def entries(self) -> Iterator[Entry]:
        """Read what is done; a line that a kill or a full disk tore is passed over."""
        if self._descriptor is None:
            return
        with open(self._descriptor, "rb", closefd=False) as file:
            file.seek(0)
            for line in file:
                entry = _read_entry(line)
                if entry is not None:
                    yield entry

    def add(self, entry: Entry) -> bool:
        """Write a line to the disk, and return whether it is safe there."""
        if self._descriptor is None:
            return False
        end = None
        try:
            end = os.lseek(self._descriptor, 0, os.SEEK_END)
            _write_all(self._descriptor, _line(entry))
            os.fsync(self._descriptor)
        except OSError as error:
            self._tell(error)
            if end is not None:
                self._cut(end)
            return False
        return True

    def clear(self) -> None:
        """Forget all lines, once the gradebook holds their reports."""
        self._cut(0)

    def _cut(self, end: int) -> None:
        if self._descriptor is not None:
            try:
                os.ftruncate(self._descriptor, end)
            except OSError as error:
                self._tell(error)

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _tell(self, error: OSError) -> None:
        words = f"The journal {self.path} can't be written ({error.strerror})"
        if self.trouble is None:
            log.warning("%s; grading goes on without it.", words)
        self.trouble = words


def _line(entry: Entry) -> bytes:
    head = {"student": entry.student, "key": entry.key, "forced": entry.forced}
    # A line begins on a line of its own, even behind one that was torn.
    return f"\n{json.dumps(head)}\t{entry.report.to_json()}\n".encode()


def _read_entry(line: bytes) -> Entry | None:
    head, _, report = line.partition(b"\t")
    try:
        about = json.loads(head)
        return Entry(
            str(about["student"]),
            str(about["key"]),
            about["forced"] is True,
            Report.from_json(report),
        )
    except (ValueError, KeyError, TypeError, GraderError):
        return None


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]

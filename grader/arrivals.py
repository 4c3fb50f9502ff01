"""What came in: files read without following links, and whatever doesn't belong moved away."""

from __future__ import annotations

import itertools
import logging
import os
import re
import shutil
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from nbgrader.utils import parse_utc

from grader.names import EXCHANGE_FILES, TIMESTAMP_FILE, is_fit_name
from grader.report import Incident
from grader.strays import Strays
from grader.submission import MAX_SUBMISSION_BYTES, digest_of
from grader.workspace import Workspace

log = logging.getLogger(__name__)

MAX_RECEIPT_BYTES = 200
MAX_LISTED = 5

CONFIGURATION = re.compile(r"(^|/)(nbgrader|jupyter|ipython)[^/]*config[^/]*\.(py|json)$", re.I)
"""Names from which nbgrader and Jupyter read settings; a ``.py`` among them they run."""


def read_regular(path: Path, most: int) -> bytes | None:
    """Read a regular file, one byte more than is allowed at most; None if it isn't one."""
    try:
        # Not blocking: a named pipe would otherwise wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError):
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


def copy_receipts(submitted: Path, autograded: Path) -> None:
    """Copy the two small files that nbgrader's exchange needs to hand feedback back."""
    for name in EXCHANGE_FILES:
        content = read_regular(submitted / name, MAX_RECEIPT_BYTES)
        if content is not None:
            (autograded / name).unlink(missing_ok=True)
            (autograded / name).write_bytes(content[:MAX_RECEIPT_BYTES])


def sweep(
    workspace: Workspace,
    unit: str,
    students: Collection[str] | None = None,
    strays: Strays | None = None,
) -> dict[str, tuple[Incident, ...]]:
    """Leave of a class's submissions of a unit only what is read: notebooks, exchange's files.

    Anything else goes to ``quarantine/LEARNER/UNIT`` under names that no program takes for its own
    (nbgrader runs a ``nbgrader_config.py`` from any folder that it is started in or pointed to);
    links and special files are removed. Of other units, only configuration is moved; they are
    swept when they are graded.

    Args:
        workspace: Where submissions lie.
        unit: The unit that is to be graded.
        students: Only these learners: what is found of others now would be told to nobody.
        strays: What earlier runs found beside the same submissions; what is found now is added.

    Returns:
        What was found, by learner. What belongs to none is logged.
    """
    found: dict[str, tuple[Incident, ...]] = {}
    for entry in _entries(workspace.submitted):
        if entry.is_dir(follow_symlinks=False) and is_fit_name(entry.name):
            if students is not None and entry.name not in students:
                continue
            incidents = sweep_learner(workspace, entry.name, unit, strays)
            if incidents:
                found[entry.name] = incidents
        elif entry.is_dir(follow_symlinks=False) or _acts(entry):
            log.warning(
                "%s can't be a learner's folder; moved to %s: %s",
                ascii(entry.path)[:300],
                workspace.quarantine,
                _listed(_names(entry)),
            )
            _quarantine(entry, workspace.quarantine)
    return found


def sweep_learner(
    workspace: Workspace, student: str, unit: str, strays: Strays | None = None
) -> tuple[Incident, ...]:
    """Sweep one learner's folder; see `sweep`."""
    odd = list(_odd_entries(workspace.submitted / student, unit))
    now = [name for entry in odd for name in _names(entry)]
    beside, before = strays.of(student) if strays else ("", [])
    if not now and not before:
        return ()
    notebook = workspace.submitted / student / unit / f"{unit}.ipynb"
    digest = digest_of(read_regular(notebook, MAX_SUBMISSION_BYTES) or b"")
    known = before if beside == digest else []
    moved = known + [name for name in dict.fromkeys(now) if name not in known]
    if strays and now:
        strays.keep(student, digest, moved)
    for entry in odd:
        _quarantine(entry, workspace.quarantine / student / unit)
    if not moved:
        return ()
    acting = [name for name in moved if CONFIGURATION.search(name)]
    if acting:
        words = f"it held configuration, which nbgrader runs as a program: {_listed(acting)}"
        return (Incident("planted configuration", words),)
    words = f"it held files that don't belong, now in quarantine: {_listed(moved)}"
    return (Incident("stray file", words),)


def sweep_timestamp(workspace: Workspace, student: str, unit: str) -> tuple[Incident, ...]:
    """Move away a ``timestamp.txt`` that can't be read: nbgrader's own commands would end at it."""
    path = workspace.submitted / student / unit / TIMESTAMP_FILE
    written = read_regular(path, MAX_RECEIPT_BYTES)
    if written is None:
        return ()
    try:
        parse_utc(written.decode().strip())
    except (ValueError, OverflowError):
        for entry in _entries(path.parent):
            if entry.name == TIMESTAMP_FILE:
                _quarantine(entry, workspace.quarantine / student / unit)
        words = f"its {TIMESTAMP_FILE} can't be read, and is in quarantine now"
        return (Incident("no timestamp", words),)
    return ()


def _odd_entries(folder: Path, unit: str) -> Iterator[os.DirEntry[str]]:
    """Find what doesn't belong into a learner's folder, without touching it."""
    for entry in _entries(folder):
        if not entry.is_dir(follow_symlinks=False):
            yield entry
        elif entry.name == unit:
            belongs = {f"{unit}.ipynb", *EXCHANGE_FILES}
            for inner in _entries(Path(entry.path)):
                if inner.name not in belongs or not inner.is_file(follow_symlinks=False):
                    yield inner
        else:
            for place, _, _ in os.walk(entry.path):
                yield from filter(_acts, _entries(Path(place)))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _acts(entry: os.DirEntry[str]) -> bool:
    """Return whether a file could be read as something that it isn't, by a program or a copy."""
    plain = entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)
    return not plain or CONFIGURATION.search(entry.name) is not None


def _names(entry: os.DirEntry[str]) -> list[str]:
    """Name a file, or all files of a folder, for people."""
    if entry.is_dir(follow_symlinks=False):
        inside = [name for inner in _entries(Path(entry.path)) for name in _names(inner)]
        return [f"{_shown(entry.name)}/{name}" for name in inside] or [_shown(entry.name) + "/"]
    if not entry.is_file(follow_symlinks=False):
        return [f"{_shown(entry.name)} (a link or special file, removed)"]
    return [_shown(entry.name)]


def _quarantine(entry: os.DirEntry[str], target: Path) -> None:
    """Move a file, or all files of a folder; remove links and special files."""
    if entry.is_dir(follow_symlinks=False):
        for inner in _entries(Path(entry.path)):
            _quarantine(inner, target)
        Path(entry.path).rmdir()
        return
    if not entry.is_file(follow_symlinks=False):
        Path(entry.path).unlink()
        return
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", entry.name)[:60]
    for number in itertools.count():
        place = target / f"{number:04d}-{plain}.quarantined"
        if not place.exists():
            shutil.move(entry.path, place)
            return


def _shown(name: str) -> str:
    """Return a name for people: on one line, of bounded length, and in letters that can be kept."""
    name = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
    return name if len(name) <= 60 else name[:57] + "..."


def _listed(names: list[str]) -> str:
    more = len(names) - MAX_LISTED
    return ", ".join(names[:MAX_LISTED]) + (f" and {more} more" if more > 0 else "")

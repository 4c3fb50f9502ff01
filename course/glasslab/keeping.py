"""Small JSON files that a learner's course keeps beside its units: guesses, and progress.

A learner may edit, empty or lock such a file, or open two notebooks that write it at once. So it is
read with care and replaced in one step; what it says is shown, and believed by nobody.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LARGEST = 1_000_000
"""Bytes of a file beyond which it isn't read: a whole course takes far less."""


class UnreadableError(Exception):
    """The file is there, but isn't what this module writes; the message says why."""


def course_folder(start: Path) -> Path:
    """Return the nearest folder at or above this one that holds unit folders, else this one."""
    for folder in (start, *start.parents):
        if any(folder.glob("[0-9][0-9]_*/*.ipynb")):
            return folder
    return start


def load(path: Path) -> dict[str, Any]:
    """Return all entries of a file by name; none if there is no file yet.

    Raises:
        UnreadableError: it holds something else, or far too much.
        OSError: it can't be read.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return {}
    if len(raw) > LARGEST:
        raise UnreadableError(f"{path.name} is too large to be one of this course's")
    try:
        entries = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{path.name} isn't readable as JSON") from error
    if not isinstance(entries, dict):
        raise UnreadableError(f"{path.name} doesn't hold entries by name")
    return entries


def save(path: Path, entries: Mapping[str, Any]) -> None:
    """Replace a file in one step, so that it is never half written.

    Raises:
        UnreadableError: there is more than such a file may hold.
        OSError: it can't be written.
    """
    text = json.dumps(entries, ensure_ascii=False, indent=2) + "\n"
    raw = text.encode("utf-8", "replace")
    if len(raw) > LARGEST:
        raise UnreadableError(f"{path.name} is full")
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def reason(error: Exception, name: str) -> str:
    """Say in words why a file of this name couldn't be used, and what to do about it."""
    if isinstance(error, UnreadableError):
        return f"{error}; rename it to start a new one."
    why = getattr(error, "strerror", None) or type(error).__name__
    return f"{name} can't be used here ({why})."

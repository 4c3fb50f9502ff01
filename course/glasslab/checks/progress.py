"""Keeps what the newest checks found in one small file, so that progress outlives a kernel."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from glasslab.checks.outcome import Outcome, State
from glasslab.keeping import UnreadableError, course_folder, load, reason, save

FILE_NAME = "my_progress.json"
PLACE = "GLASSLAB_PROGRESS"
"""The environment variable that names another file to keep progress in; if empty, none is kept."""

STATES = {state.words: state for state in State}
TROUBLE = (UnreadableError, OSError, ValueError)
"""What can go wrong with a file; ValueError is raised for a name that no file can have."""


@dataclass(frozen=True)
class Kept:
    """What a check found at some time, perhaps in another kernel."""

    state: State
    checked: str
    """When, as ISO 8601 in UTC."""

    @property
    def day(self) -> str:
        """The day of it."""
        return self.checked[:10]


class ProgressBook:
    """What checks found last: here, in this course's other notebooks, and before a restart.

    Only ✓ and ✗ are kept; a · is, too, where it takes the place of one of these.
    """

    def __init__(self) -> None:
        """Begin with what is on disk alone."""
        self._own: dict[str, Kept] = {}
        self.trouble = ""
        """Why nothing could be kept on disk, in words, if so."""

    def note(self, outcome: Outcome) -> None:
        """Keep what a check found; never raises.

        All that this kernel found is written again where another notebook's write has lost it.
        """
        path = place()
        if path is None:
            return
        found = Kept(outcome.state, datetime.now(UTC).isoformat(timespec="milliseconds"))
        try:
            raw = load(path)
            there = _read(raw)
            was_kept = outcome.name in there or outcome.name in self._own
            if found.state is State.NOT_ATTEMPTED and not was_kept:
                return
            self._own[outcome.name] = found
            newest = {**_newest(there, self._own), outcome.name: found}
            if {name: kept.state for name, kept in newest.items()} != {
                name: kept.state for name, kept in there.items()
            }:
                told = {
                    name: {"state": kept.state.words, "checked": kept.checked}
                    for name, kept in sorted(newest.items())
                }
                save(path, {**raw, **told})
            self.trouble = ""
        except TROUBLE as error:
            self._own[outcome.name] = found
            self.trouble = reason(error, FILE_NAME)

    def kept(self) -> dict[str, Kept]:
        """Return what was found last by the name of each check; never raises."""
        path = place()
        if path is None:
            return dict(self._own)
        try:
            return _newest(_read(load(path)), self._own)
        except TROUBLE as error:
            self.trouble = reason(error, FILE_NAME)
            return dict(self._own)


BOOK = ProgressBook()


def place() -> Path | None:
    """Return the file that progress is kept in, beside the guesses; None if none is to be kept."""
    named = os.environ.get(PLACE)
    if named is not None:
        return Path(named) if named else None
    try:
        return course_folder(Path.cwd()) / FILE_NAME
    except OSError:  # the current folder is gone
        return None


def _read(entries: Mapping[str, Any]) -> dict[str, Kept]:
    """Return the entries that make sense; a learner may have edited the file."""
    found = {}
    for name, entry in entries.items():
        state, checked = (
            (entry.get("state"), entry.get("checked")) if isinstance(entry, dict) else (None, None)
        )
        if isinstance(state, str) and state in STATES and isinstance(checked, str):
            found[name] = Kept(STATES[state], checked[:30])
    return found


def _newest(*books: Mapping[str, Kept]) -> dict[str, Kept]:
    """Merge books by when a check was run."""
    merged: dict[str, Kept] = {}
    for book in books:
        for name, kept in book.items():
            if name not in merged or merged[name].checked <= kept.checked:
                merged[name] = kept
    return merged

"""Keeps a learner's predictions in one readable file, so that later units can show them again."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from glasslab.checks import UNITS
from glasslab.keeping import UnreadableError, course_folder, load, reason, save

FILE_NAME = "my_guesses.json"
PLACE = "GLASSLAB_GUESSES"
"""The environment variable that names another file to keep guesses in."""

LONGEST = 2_000
"""Characters of one guess that are kept."""

NAME = re.compile(r"[a-z_]{1,30}\.[a-z0-9_]{1,60}")


class GuessBook:
    """Guesses on disk, and those that couldn't be put there, for as long as the kernel lives."""

    def __init__(self) -> None:
        self._unsaved: dict[str, dict[str, str]] = {}

    def write(self, name: str, words: str) -> str:
        """Keep a guess under a name; return the line to print."""
        if not isinstance(name, str) or not NAME.fullmatch(name):
            return f'✗ {name!r} is no name for a guess: it looks like "unit.topic".'
        if not isinstance(words, str):
            return f"✗ {name}: a guess is text in quotes, got a {type(words).__name__}."
        words = words.strip()
        if not words.strip(".… \t\r\n"):
            return (
                f"· {name}: no guess yet. Put your words in place of the … and run this cell "
                "again; being wrong costs nothing."
            )
        entry = {"guess": words[:LONGEST], "written": datetime.now(UTC).date().isoformat()}
        cut = f" (its first {LONGEST} characters)" if len(words) > LONGEST else ""
        try:
            path = place()
            save(path, {**load(path), **self._unsaved, name: entry})
        except (UnreadableError, OSError) as error:
            self._unsaved[name] = entry
            why = reason(error, FILE_NAME)
            return f"✎ {name}: kept{cut} until this kernel stops, not longer: {why}"
        self._unsaved.clear()
        return f"✎ {name}: written down{cut}. A later cell will come back to it."

    def read(self, name: str) -> str:
        """Return what was guessed under a name, in words to print."""
        unit = _unit(name)
        trouble = ""
        try:
            entries: Mapping[str, Any] = {**load(place()), **self._unsaved}
        except (UnreadableError, OSError) as error:
            entries, trouble = self._unsaved, f" ({reason(error, FILE_NAME)})"
        words = _words(entries.get(name)) if isinstance(name, str) else ""
        if not words:
            return f"· You wrote down no guess {name!r}; the place for it is {unit}.{trouble}"
        lines = [
            textwrap.fill(line, 92, initial_indent="    ", subsequent_indent="    ")
            for line in words[:LONGEST].splitlines()
        ]
        return "\n".join([f"✎ In {unit} you guessed:", *lines])


BOOK = GuessBook()


def guess(name: str, words: str) -> None:
    """Write down a prediction, for instance ``guess("attention.cost", "a tenth of a nat")``.

    An empty guess, or one of dots alone, counts as not written yet and changes nothing. Guesses lie
    in ``my_guesses.json`` in the course folder; where nothing can be written they live as long as
    the kernel. Never raises.
    """
    print(BOOK.write(name, words))


def recall(name: str) -> None:
    """Print a prediction that was written down before, or say that none was. Never raises."""
    print(BOOK.read(name))


def place() -> Path:
    """Return the file that guesses are kept in.

    It is the one that the environment names, else ``my_guesses.json`` in the nearest folder above
    that holds unit folders such as ``00_orientation``, else in the current folder.
    """
    named = os.environ.get(PLACE)
    if named:
        return Path(named)
    return course_folder(Path.cwd()) / FILE_NAME


def _words(entry: Any) -> str:
    """Return the text of an entry; a learner may have written it by hand as a plain string."""
    if isinstance(entry, dict):
        entry = entry.get("guess")
    if not isinstance(entry, str):
        return ""
    return entry.strip().encode("utf-8", "replace").decode()  # half a surrogate can't be printed


def _unit(name: Any) -> str:
    """Return the unit that a guess belongs to, in words: its name begins with it."""
    unit = str(name).partition(".")[0]
    return f"unit {UNITS[unit]:02} ({unit})" if unit in UNITS else f"unit {unit!r}"

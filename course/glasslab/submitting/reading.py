"""Reads a notebook file as a learner's tools left it: cells, their texts, and what they printed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glasslab.submitting.errors import SubmitError

MAX_NOTEBOOK_BYTES = 20 * 2**20
"""Grading reads no larger notebook."""

CALLS_CHECK = re.compile(r'^check\(\s*["\']([a-z_]+\.[a-z0-9_]+)["\']', re.M)
CALLS_SUBMIT = re.compile(r"^\s*(?:\w+\.)*submit\(", re.M)
UNTOUCHED = ("Your code here", "YOUR ANSWER HERE")


@dataclass(frozen=True)
class Cell:
    """One cell: its text, which of the unit's cells it is, and what is saved of its last run."""

    kind: str
    source: str
    tracked: Mapping[str, Any] | None
    """nbgrader's metadata, if this is one of the unit's own cells."""
    count: int | None
    printed: str
    raised: str | None

    @property
    def grade_id(self) -> str | None:
        """The name of the unit's cell that this is."""
        return self.tracked["grade_id"] if self.tracked else None

    @property
    def is_answer(self) -> bool:
        """Whether a learner fills this cell."""
        return bool(self.tracked and self.tracked.get("solution"))

    @property
    def checks(self) -> tuple[str, ...]:
        """The names of the public checks that this cell asks."""
        return tuple(CALLS_CHECK.findall(self.source)) if self.kind == "code" else ()

    @property
    def submits(self) -> bool:
        """Whether this is a cell of the learner's own from which the notebook is handed in."""
        return self.kind == "code" and not self.tracked and bool(CALLS_SUBMIT.search(self.source))

    @property
    def is_as_released(self) -> bool:
        """Whether its text is the released one, as far as the checksum beside it tells."""
        released = (self.tracked or {}).get("checksum")
        if not released:
            return any(words in self.source for words in UNTOUCHED) or not self.is_answer
        # Some editors add or drop the newline at the end.
        bare = self.source.rstrip("\n")
        return released in {self._checksum(text) for text in (self.source, bare, bare + "\n")}

    def _checksum(self, source: str) -> str:
        """Return nbgrader's checksum; source: compute_checksum in nbgrader 0.9's utils.py."""
        tracked = self.tracked or {}
        grade, solution = bool(tracked.get("grade")), bool(tracked.get("solution"))
        locked = not solution and (grade or bool(tracked.get("locked")))
        parts = [source, self.kind, str(grade), str(solution), str(locked), str(self.grade_id)]
        if grade:
            points = tracked.get("points")
            parts.append(str(float(points if isinstance(points, int | float) else 0)))
        return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Notebook:
    """A notebook as it would be handed in."""

    content: bytes
    cells: tuple[Cell, ...]

    @property
    def sha256(self) -> str:
        """The hash of its bytes: its receipt."""
        return hashlib.sha256(self.content).hexdigest()


def read_notebook(content: bytes, where: str) -> Notebook:
    """Read a notebook of format 4.

    What a cell that calls `submit` shows and how often it ran is left out of the content, or
    handing in twice from inside a notebook would hand in two different notebooks.

    Args:
        content: The bytes of the file.
        where: What to call it when it can't be read.

    Raises:
        SubmitError: it is too large, or no notebook.
    """
    if len(content) > MAX_NOTEBOOK_BYTES:
        raise SubmitError(
            f"{where} is larger than {MAX_NOTEBOOK_BYTES // 2**20} MB, more than grading reads: "
            "clear its outputs (Edit ▸ Clear Outputs of All Cells) and save it."
        )
    try:
        data = json.loads(content.decode("utf-8-sig"))
        raw_cells = data["cells"]
        cells = tuple(map(_cell, raw_cells))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SubmitError(
            f"{where} can't be read as a notebook: open it in Jupyter, save it, and try again."
        ) from error
    submitting = [raw for raw, cell in zip(raw_cells, cells) if cell.submits]
    for raw in submitting:
        raw.update(execution_count=None, outputs=[], metadata={})
    if submitting:
        content = as_file(data)
    return Notebook(content, cells)


def as_file(data: Mapping[str, Any]) -> bytes:
    """Return a notebook as Jupyter itself writes it to a file."""
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode("utf-8", "replace")


def _cell(raw: Any) -> Cell:
    tracked = raw.get("metadata", {}).get("nbgrader")
    named = isinstance(tracked, dict) and isinstance(tracked.get("grade_id"), str)
    outputs = raw.get("outputs") or []
    count = raw.get("execution_count")
    return Cell(
        kind=str(raw["cell_type"]),
        source=_joined(raw["source"]).replace("\r\n", "\n"),
        tracked=tracked if named else None,
        count=count if isinstance(count, int) else None,
        printed="".join(
            _joined(output.get("text", ""))
            for output in outputs
            if output["output_type"] == "stream"
        ),
        raised=next(
            (str(each.get("ename")) for each in outputs if each["output_type"] == "error"), None
        ),
    )


def _joined(text: Any) -> str:
    joined = text if isinstance(text, str) else "".join(text)
    return joined.encode("utf-8", "replace").decode()  # half a surrogate can't be printed

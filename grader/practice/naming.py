"""Says which cells of a learner's notebook are which of the unit's, whatever edition it is.

A released notebook's cells say it themselves. The self-study edition's have the ids of the source
notebook, and nothing of nbgrader's; and tools such as Colab drop ids. What is left then are texts:
whatever a learner doesn't fill in is found by its text, and an answer by where it stands between.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.editions import POINTS
from grader.submission import SubmittedCell, read_cells
from grader.unit import nbgrader_metadata, without_hidden_tests

FOLDED = re.compile(
    r"<details><summary>(Solution|What this cell shows in our run|One good answer, and how it is "
    r"read)</summary>"
)
"""How the cells begin that the self-study edition adds; they are no work of the learner's."""
DEFINES = re.compile(r"^def (\w+)\(", re.M)


@dataclass(frozen=True)
class _Wanted:
    """A cell of the source notebook."""

    cell_type: str
    text: str
    grade_id: str | None
    """None if nbgrader doesn't track it."""
    is_answer: bool


def with_names(content: bytes, source: NotebookNode) -> bytes:
    """Return a notebook with the unit's names on its cells, and without what an edition added.

    Args:
        content: A learner's notebook, however it was saved.
        source: The unit's source notebook.

    Returns:
        A notebook as `grader.submission.rebuild` reads it; as it came if it can't be read.
    """
    cells, _ = read_cells(content)
    cells = [cell for cell in cells if not FOLDED.match(cell.source)]
    if not cells:
        return content
    names = _by_id(cells, source)
    wanted = [_wanted(cell) for cell in source.cells]
    if {each.grade_id for each in wanted} - {None, *names}:
        names = _by_place(cells, wanted, names)
    written = [
        {
            "cell_type": cell.cell_type,
            "source": cell.source,
            "metadata": {"nbgrader": {"grade_id": name}} if name else {},
        }
        for cell, name in zip(cells, names, strict=True)
    ]
    return json.dumps({"cells": written, "nbformat": 4, "nbformat_minor": 5}).encode()


def _by_id(cells: Sequence[SubmittedCell], source: NotebookNode) -> list[str | None]:
    """Return the name that each cell says itself, by its metadata or its id."""
    known: dict[str, str] = {}
    for cell in source.cells:
        if named := nbgrader_metadata(cell.metadata):
            known |= {named["grade_id"]: named["grade_id"], cell.get("id", ""): named["grade_id"]}
    return [known.get(cell.grade_id or "") for cell in cells]


def _by_place(
    cells: Sequence[SubmittedCell], wanted: Sequence[_Wanted], names: Sequence[str | None]
) -> list[str | None]:
    """Return names of cells: those they have, and for the rest what text and place tell."""
    places = {name: place for place, name in reversed(list(enumerate(names))) if name}
    # Where each wanted cell stands among those there are, as far as it is found.
    found = [places.get(each.grade_id or "") for each in wanted]
    free = [place for place, name in enumerate(names) if name is None]
    by_text: dict[tuple[str, str], int] = {}
    for place in reversed(free):
        by_text[cells[place].cell_type, _bare(cells[place].source)] = place
    for i, each in enumerate(wanted):
        if found[i] is None and not each.is_answer:
            found[i] = by_text.get((each.cell_type, each.text))
    chosen = list(names)
    for i, each in enumerate(wanted):
        if found[i] is None and each.is_answer:
            between = _between(found, i, len(cells))
            found[i] = _answer(each, [(p, cells[p]) for p in between if p in free])
        place = found[i]
        if place is not None and chosen[place] is None:
            chosen[place] = each.grade_id
    return chosen


def _between(found: Sequence[int | None], index: int, end: int) -> range:
    """Return the places between what was found before a wanted cell, and after it."""
    before = [place for place in found[:index] if place is not None]
    after = [place for place in found[index + 1 :] if place is not None]
    return range(max(before, default=-1) + 1, min(after, default=end))


def _answer(wanted: _Wanted, there: Sequence[tuple[int, SubmittedCell]]) -> int | None:
    """Return the place of the cell that is an answer: one that defines what was asked for."""
    of_type = [(place, cell) for place, cell in there if cell.cell_type == wanted.cell_type]
    asked = set(DEFINES.findall(wanted.text))
    for place, cell in of_type:
        if asked & set(DEFINES.findall(cell.source)):
            return place
    return of_type[0][0] if of_type else None


def _wanted(cell: NotebookNode) -> _Wanted:
    named = nbgrader_metadata(cell.metadata) or {}
    return _Wanted(
        cell.cell_type,
        _bare(without_hidden_tests(cell.source)),
        named.get("grade_id"),
        bool(named.get("solution")),
    )


def _bare(text: str) -> str:
    """Return a text without what editions and editors change: points, ends of lines."""
    return "\n".join(_lines(POINTS.sub("", text)))


def _lines(text: str) -> Iterator[str]:
    return (line.rstrip() for line in text.strip().splitlines())

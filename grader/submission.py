"""Read a submitted notebook as untrusted bytes, and rebuild it on the unit's own cells."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from grader.many_parts import MOST_MARKS, marks
from grader.report import Incident
from grader.unit import Unit, UnitCell, nbgrader_metadata
from grader.unusual import in_words, unusual_words

MAX_SUBMISSION_BYTES = 20 * 2**20
MAX_CELLS = 2_000
MAX_SOURCE_CHARACTERS = 200_000
CELL_TYPES = ("code", "markdown", "raw")


def digest_of(submission: bytes) -> str:
    """Return the name by which a submission's bytes are known."""
    return hashlib.sha256(submission).hexdigest()


@dataclass(frozen=True)
class SubmittedCell:
    """What is read of one submitted cell: its type, its text, and which cell it claims to be."""

    cell_type: str
    source: str
    grade_id: str | None


@dataclass(frozen=True)
class Rebuilt:
    """A submission on the unit's own cells.

    ``answered`` names the answer cells whose text differs from the stub.
    """

    notebook: NotebookNode
    incidents: tuple[Incident, ...]
    answered: frozenset[str]


def rebuild(submission: bytes, unit: Unit) -> Rebuilt:
    """Rebuild a submission: locked text, order and metadata from the unit, answers by grade_id.

    Cells that the learner added stay behind the unit's cell that they followed, as plain code or
    text without tags or attachments. Never raises for anything that the bytes hold.
    """
    cells, incidents = read_cells(submission)
    claimed, added, more = _sort_cells(cells, unit)
    incidents = [*incidents, *more]
    answered = set()

    notebook = new_notebook()
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    notebook.cells.extend(_plain(cell, f"added-0-{i}") for i, cell in enumerate(added[None]))
    for cell in unit.cells:
        theirs = claimed.get(cell.grade_id)
        source = cell.visible_source
        if theirs is None:
            incidents.append(
                Incident("missing cell", "it was missing and has been put back", cell.grade_id)
            )
        elif cell.solution:
            source = theirs.source
            if not _same(source, cell.source):
                answered.add(cell.grade_id)
        elif not _same(theirs.source, source):
            incidents.append(
                Incident("changed cell", "its locked text was changed and restored", cell.grade_id)
            )
        notebook.cells.append(_own(cell, source))
        notebook.cells.extend(
            _plain(extra, f"{cell.grade_id}-added-{i}")
            for i, extra in enumerate(added[cell.grade_id])
        )
    ours = {cell.grade_id for cell in unit.cells if not cell.solution}
    theirs = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.id not in ours]
    if words := unusual_words(cell.source for cell in theirs):
        incidents.append(Incident("unusual code", in_words(words)))
    return Rebuilt(notebook, tuple(incidents), frozenset(answered))


def read_cells(submission: bytes) -> tuple[list[SubmittedCell], list[Incident]]:
    """Read the cells of a notebook file, format 3 or 4, however it was saved.

    What can't be read is left out and told as an incident.
    """
    if len(submission) > MAX_SUBMISSION_BYTES:
        return [], [Incident("unreadable", "the notebook is larger than 20 MB")]
    if marks(submission) > MOST_MARKS:
        return [], [Incident("unreadable", "the notebook is of millions of parts")]
    try:
        data = json.loads(submission.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        return [], [Incident("unreadable", "the file is not a notebook: it isn't JSON")]
    raw_cells = _raw_cells(data)
    if raw_cells is None:
        return [], [Incident("unreadable", "the file is not a notebook: it has no list of cells")]
    incidents = []
    if len(raw_cells) > MAX_CELLS:
        incidents.append(Incident("too many cells", f"only the first {MAX_CELLS} were read"))
    cells = [_read_cell(raw) for raw in raw_cells[:MAX_CELLS]]
    unreadable = sum(cell is None for cell in cells)
    if unreadable:
        incidents.append(Incident("unreadable cell", f"{unreadable} cells could not be read"))
    return [cell for cell in cells if cell is not None], incidents


def _raw_cells(data: Any) -> Sequence[Any] | None:
    if not isinstance(data, dict):
        return None
    if isinstance(data.get("cells"), list):
        return data["cells"]
    sheets = data.get("worksheets")  # notebook format 3
    if isinstance(sheets, list) and sheets and isinstance(sheets[0], dict):
        cells = sheets[0].get("cells")
        return cells if isinstance(cells, list) else None
    return None


def _read_cell(raw: Any) -> SubmittedCell | None:
    if not isinstance(raw, dict) or raw.get("cell_type") not in CELL_TYPES:
        return None
    source = raw.get("source", raw.get("input"))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str) or len(source) > MAX_SOURCE_CHARACTERS:
        return None
    metadata = raw.get("metadata")
    named = nbgrader_metadata(metadata) if isinstance(metadata, Mapping) else None
    # A tool that dropped the metadata may have kept the cell's id, which a release sets alike.
    grade_id = named["grade_id"] if named else raw.get("id")
    return SubmittedCell(
        cell_type=raw["cell_type"],
        source=_clean(source),
        grade_id=_clean(grade_id) if isinstance(grade_id, str) else None,
    )


def _clean(text: str) -> str:
    """Make line ends plain and replace lone surrogates, which no UTF-8 file can hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _sort_cells(
    cells: Sequence[SubmittedCell], unit: Unit
) -> tuple[dict[str, SubmittedCell], dict[str | None, list[SubmittedCell]], list[Incident]]:
    """Return who claims which of the unit's cells, what was added behind each, and incidents."""
    known = {cell.grade_id: cell for cell in unit.cells}
    claimed: dict[str, SubmittedCell] = {}
    added: dict[str | None, list[SubmittedCell]] = {None: [], **{name: [] for name in known}}
    incidents: list[Incident] = []
    last: str | None = None
    order: list[str] = []
    for cell in cells:
        if cell.grade_id not in known:
            added[last].append(replace(cell, grade_id=None))
        elif cell.grade_id in claimed:
            # A pasted copy: the first one counts; this one runs where it stands, if it isn't ours.
            incidents.append(Incident("cell twice", "only its first copy counts", cell.grade_id))
            if known[cell.grade_id].solution:
                added[last].append(replace(cell, grade_id=None))
        else:
            claimed[cell.grade_id] = cell
            order.append(cell.grade_id)
            last = cell.grade_id
            if cell.cell_type != known[cell.grade_id].cell_type:
                incidents.append(
                    Incident("changed type", "its cell type was changed back", cell.grade_id)
                )
    if order != [name for name in known if name in claimed]:
        incidents.append(Incident("changed order", "the unit's order of cells was restored"))
    return claimed, added, incidents


def _same(one: str, other: str) -> bool:
    return [line.rstrip() for line in one.strip().splitlines()] == [
        line.rstrip() for line in other.strip().splitlines()
    ]


def _own(cell: UnitCell, source: str) -> NotebookNode:
    make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
    return make(source, id=cell.grade_id, metadata={"nbgrader": cell.metadata()})


def _plain(cell: SubmittedCell, cell_id: str) -> NotebookNode:
    make = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
    return make[cell.cell_type](cell.source, id=cell_id)

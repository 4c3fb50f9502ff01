"""The self-study edition of a unit: the same notebook, with solutions to open and nothing graded.

Where a learner works alone there is no teacher to ask: each exercise is followed by its solution,
each picture and printout by what it should look like, all folded away until they are opened.
"""

from __future__ import annotations

import copy
import hashlib
import re

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from traitlets.config import Config

from grader.solutions import answers_of, mark_scheme_of
from grader.unit import nbgrader_metadata

POINTS = re.compile(r" · \d+ points?( · read by a person)?(?=( · beyond the core)?\*)")
MAX_TEXT = 4_000
"""Characters of a printout that are shown as expected."""


def self_study(source: NotebookNode, config: Config) -> NotebookNode:
    """Return the self-study edition of a unit.

    Args:
        source: The source notebook, with its outputs.
        config: nbgrader's configuration: what a stub looks like.

    Raises:
        RuntimeError: the marks around solutions or hidden tests don't match.
    """
    answers = answers_of(source)
    stubs = copy.deepcopy(source)
    for step in (ClearSolutions, ClearMarkScheme, ClearHiddenTests):
        stubs, _ = step(config=config).preprocess(stubs, ResourcesDict())

    cells: list[NotebookNode] = []
    waiting: NotebookNode | None = None  # the solution of the exercise whose check is still to come
    for full, bare in zip(source.cells, stubs.cells, strict=True):
        named = nbgrader_metadata(full.metadata) or {}
        cells.append(_plain(bare))
        if full.cell_type == "code":
            cells += _expected(full)
        if not named.get("solution"):
            if named.get("grade") and waiting is not None:
                cells.append(waiting)
                waiting = None
        elif full.cell_type == "code":
            waiting = _folded(
                f"{full.id}-solution", "Solution", _fenced(answers[named["grade_id"]])
            )
        else:
            answer = answers[named["grade_id"]] + "\n\n" + mark_scheme_of(full)
            title = "One good answer, and how it is read"
            cells.append(_folded(f"{full.id}-solution", title, answer))
    notebook = new_notebook(cells=cells)
    notebook.metadata.update(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
        glasslab={"edition": "self-study"},
    )
    return notebook


def _plain(cell: NotebookNode) -> NotebookNode:
    """Return a cell without outputs and grading; exercises no longer speak of points."""
    kept = NotebookNode(cell_type=cell.cell_type, id=cell.id, metadata={}, source=cell.source)
    if cell.cell_type == "code":
        kept.update(outputs=[], execution_count=None)
    else:
        kept.source = POINTS.sub("", cell.source)
    return kept


def _expected(cell: NotebookNode) -> list[NotebookNode]:
    """Return what a cell prints and draws, folded; nothing if it does neither."""
    parts, attachments = [], {}
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            name = f"{hashlib.sha256(data['image/png'].encode()).hexdigest()[:12]}.png"
            attachments[name] = {"image/png": data["image/png"]}
            parts.append(f"![{_alt(data.get('text/plain', ''))}](attachment:{name})")
        elif output.output_type == "stream" or "text/plain" in data:
            text = output.get("text") or data["text/plain"]
            parts.append(_fenced(_shortened(text), "text"))
    if not parts:
        return []
    folded = _folded(f"{cell.id}-expected", "What this cell shows in our run", "\n\n".join(parts))
    if attachments:
        folded.attachments = attachments
    return [folded]


def _folded(cell_id: str, summary: str, text: str) -> NotebookNode:
    cell = new_markdown_cell(
        f"<details><summary>{summary}</summary>\n\n{text.strip()}\n\n</details>"
    )
    cell.id = cell_id[:64]
    return cell


def _fenced(text: str, language: str = "python") -> str:
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "\n… (and more)"


def _alt(text: str) -> str:
    return re.sub(r"([\[\]\\])", r"\\\1", " ".join(text.split()))

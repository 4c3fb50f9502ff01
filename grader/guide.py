"""What a unit's own prose says of its graded cells: titles and hints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.unit import nbgrader_metadata

TITLE = re.compile(r"^#\s+(.+?)\s*#*$", re.MULTILINE)
EXERCISE = re.compile(r"^###\s+(.+?)\s*#*$", re.MULTILINE)
HINT = re.compile(r"<details>\s*<summary>\s*Hint[^<]*</summary>(.*?)</details>", re.DOTALL)


@dataclass(frozen=True)
class Exercise:
    """The exercise that a graded cell ends. Its texts are Markdown."""

    title: str
    hints: tuple[str, ...] = ()
    """From a nudge to nearly there."""


@dataclass(frozen=True)
class Guide:
    """The title of a unit, and its exercises by ``grade_id`` of the graded cell."""

    title: str
    exercises: Mapping[str, Exercise]

    def exercise(self, grade_id: str) -> Exercise:
        """Return an exercise; of one that the prose doesn't introduce, the cell's own name."""
        return self.exercises.get(grade_id) or Exercise(f"`{grade_id}`")


def guide_to(notebook: NotebookNode, name: str) -> Guide:
    """Read a unit's prose.

    A graded cell belongs to the heading of the third level that it follows, and to the hints that
    stand between the two.

    Args:
        notebook: The unit, with solutions or without. Of a submission, the prose is the learner's.
        name: Its name, for a notebook without a title.
    """
    title = ""
    exercises: dict[str, Exercise] = {}
    heading, hints = "", []
    for cell in notebook.cells:
        named = nbgrader_metadata(cell.metadata)
        if cell.cell_type == "markdown" and not (named and named.get("solution")):
            title = title or "".join(TITLE.findall(cell.source)[:1])
            headings = list(EXERCISE.finditer(cell.source))
            if headings:
                heading, hints = headings[-1][1], []
            start = headings[-1].end() if headings else 0
            hints += [hint.strip() for hint in HINT.findall(cell.source, start)]
        if named and named.get("grade") and heading:
            exercises[named["grade_id"]] = Exercise(heading, tuple(hints))
    return Guide(title or name, exercises)

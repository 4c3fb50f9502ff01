"""What stands between the solution marks of a source notebook: answers, and mark schemes."""

from __future__ import annotations

import re

from nbformat import NotebookNode

from grader.unit import nbgrader_metadata

MARK_SCHEME = re.compile(
    r"^[^\n]*BEGIN MARK SCHEME[^\n]*\n(.*?)^[^\n]*END MARK SCHEME[^\n]*\n?", re.M | re.S
)
SOLUTION_MARKS = re.compile(r"^.*(?:BEGIN|END) SOLUTION.*\n?", re.M)


def answers_of(notebook: NotebookNode) -> dict[str, str]:
    """Return the source of every answer cell by grade_id, without mark schemes and marks."""
    return {
        named["grade_id"]: SOLUTION_MARKS.sub("", MARK_SCHEME.sub("", cell.source)).strip("\n")
        for cell in notebook.cells
        if (named := nbgrader_metadata(cell.metadata)) and named.get("solution")
    }


def mark_scheme_of(cell: NotebookNode) -> str:
    """Return the mark scheme that a manually graded cell holds, or nothing."""
    found = MARK_SCHEME.search(cell.source)
    return found[1].strip() if found else ""

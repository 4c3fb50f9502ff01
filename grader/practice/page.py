"""Writes the page that a practice ends with: what a class's learner gets, and what it is."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from grader.errors import GraderError
from grader.feedback import feedback_html
from grader.report import Report, Status
from grader.solutions import answers_of, mark_scheme_of
from grader.suite import Suite
from grader.unit import nbgrader_metadata

ROLE_WORDS: dict[str, tuple[str, str]] = {
    "reference": ("model that works as the course says", "models that work as the course says"),
    "decoy": ("decoy that doesn't", "decoys that don't"),
    "mutant": ("model with a planted fault", "models with planted faults"),
    "long_context": ("long model with a fault", "long models with faults"),
    "long_control": ("long model without a fault", "long models without faults"),
}


def write_page(
    report: Report, source: NotebookNode, suite: Suite, page: Path, *, behind_walls: bool
) -> Report:
    """Write a feedback page that says what it is.

    Args:
        report: What was found.
        source: The unit's source notebook: hints, and explanations to compare the learner's with.
        suite: The hidden models, whose number the page tells.
        page: The file to write.
        behind_walls: Whether the notebook ran behind walls.

    Returns:
        The report as the page tells it: without explanations, which nobody reads here.

    Raises:
        GraderError: it can't be written.
    """
    about = what_it_is(suite, behind_walls=behind_walls)
    judged = tuple(one for one in report.verdicts if not _is_explanation(report, one.grade_id))
    notebook = _with_good_answers(report, source)
    shown = replace(report, verdicts=judged, notebook=notebook)
    try:
        page.write_text(
            feedback_html(shown, guide=source, practice=True, about=about), "utf-8", "replace"
        )
    except OSError as error:
        raise GraderError(
            f"The feedback page can't be written to {page} ({error.strerror})."
        ) from error
    return shown


def what_it_is(suite: Suite, *, behind_walls: bool) -> str:
    """Say in Markdown what a practice is, and what it isn't."""
    where = "behind walls" if behind_walls else "without walls, as your own Jupyter runs it"
    return (
        f"**This is practice, not a grade.** Your notebook ran on your own machine, {where}. Its "
        "answers were then asked about hidden models made from a random secret that stays there: "
        f"{models_in_words(suite)}. A class is asked about more of them, and of more kinds: a pass "
        "here isn't a promise; but what fails here is worth a look."
    )


def models_in_words(suite: Suite) -> str:
    """Count a suite's models by what they are."""
    counts = Counter(subject.role for subject in suite.subjects)
    words = [f"{n} {ROLE_WORDS[role][n > 1]}" for role, n in counts.items()]
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else "".join(words)


def _is_explanation(report: Report, grade_id: str) -> bool:
    return any(
        cell.id == grade_id and (nbgrader_metadata(cell.metadata) or {}).get("solution")
        for cell in report.notebook.cells
    )


def _with_good_answers(report: Report, source: NotebookNode) -> NotebookNode:
    """Return a report's notebook with a good answer behind each explanation."""
    answers = answers_of(source)
    written = {one.grade_id for one in report.verdicts if one.status is Status.NEEDS_PERSON}
    good = {
        name: f"{answers[name]}\n\n{mark_scheme_of(cell)}"
        for cell in source.cells
        if (name := (nbgrader_metadata(cell.metadata) or {}).get("grade_id")) in written
        if name in answers
    }
    notebook = copy.deepcopy(report.notebook)
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.id in good:
            folded = (
                "<details><summary>One good answer, and how it is read</summary>\n\n"
                f"{good[cell.id].strip()}\n\n</details>"
            )
            cells.append(new_markdown_cell(folded, id=f"{cell.id}-good"))
    notebook.cells = cells
    return notebook

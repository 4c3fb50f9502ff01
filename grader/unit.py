"""A unit as grading knows it: its locked, graded and answer cells in order, and their probes."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nbformat import NotebookNode

from grader.errors import GraderError
from grader.tasks import FIRST_TASK, planned_tasks

BEGIN_HIDDEN, END_HIDDEN = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
GRADE_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")


@dataclass(frozen=True)
class UnitCell:
    """One cell that nbgrader tracks. ``source`` holds the stub or, with hidden tests, the test."""

    grade_id: str
    cell_type: str
    source: str
    grade: bool
    solution: bool
    locked: bool
    points: float = 0.0

    @property
    def is_auto_graded(self) -> bool:
        """A locked test whose verdict comes from a probe."""
        return self.grade and not self.solution

    @property
    def is_manually_graded(self) -> bool:
        """An explanation that a person reads and grades."""
        return self.grade and self.solution

    @property
    def visible_source(self) -> str:
        """The source as learners see it and as it runs: hidden tests left out."""
        return without_hidden_tests(self.source)

    @property
    def check(self) -> str:
        """The name under which this graded cell hands its answer in, and of its probe.

        Raises:
            GraderError: the cell doesn't hold one ``check`` and one hidden ``probe`` of that name.
        """
        visible = _called_with(self.visible_source, "check")
        hidden = _called_with(self.source, "probe")
        if len(visible) != 1 or visible != hidden:
            raise GraderError(
                f"Graded cell {self.grade_id!r} must hold one check(NAME, ...) and, between "
                f"'### {BEGIN_HIDDEN}' and '### {END_HIDDEN}', one probe(NAME, ...) of the same "
                f"name; found {visible or 'no check'} and {hidden or 'no probe'}."
            )
        return visible[0]

    def metadata(self) -> dict[str, Any]:
        """Return this cell's nbgrader metadata as a release would carry it."""
        metadata: dict[str, Any] = {
            "grade": self.grade,
            "grade_id": self.grade_id,
            "locked": self.locked,
            "schema_version": 3,
            "solution": self.solution,
            "task": False,
        }
        return metadata | ({"points": self.points} if self.grade else {})


@dataclass(frozen=True)
class Unit:
    """The cells of one unit in their order."""

    name: str
    cells: tuple[UnitCell, ...]
    task: str = FIRST_TASK
    """Whose hidden models it is graded on."""

    @property
    def auto_graded(self) -> tuple[UnitCell, ...]:
        """Cells that a probe judges."""
        return tuple(cell for cell in self.cells if cell.is_auto_graded)

    @property
    def graded(self) -> tuple[UnitCell, ...]:
        """All cells that carry points."""
        return tuple(cell for cell in self.cells if cell.grade)

    def to_json(self) -> str:
        """Return the unit as JSON text: what the gradebook keeps."""
        cells = [asdict(cell) for cell in self.cells]
        return json.dumps({"name": self.name, "task": self.task, "cells": cells})

    @classmethod
    def from_json(cls, text: str) -> Unit:
        """Read what ``to_json`` wrote; what it wrote before there were tasks is of the first."""
        data = json.loads(text)
        cells = tuple(UnitCell(**cell) for cell in data["cells"])
        return cls(data["name"], cells, data.get("task", FIRST_TASK))

    @classmethod
    def from_notebook(cls, name: str, notebook: NotebookNode) -> Unit:
        """Read a unit from a notebook whose solutions are already cleared.

        Its task is ``glasslab.task`` in the notebook's metadata.

        Raises:
            GraderError: two cells share a grade_id, one is too long or holds odd characters, a
                graded cell has no probe, or there are no hidden suites of its task.
        """
        cells = tuple(
            _unit_cell(cell) for cell in notebook.cells if nbgrader_metadata(cell.metadata)
        )
        names = [cell.grade_id for cell in cells]
        twice = sorted({grade_id for grade_id in names if names.count(grade_id) > 1})
        if twice:
            raise GraderError(f"Unit {name} has two cells with grade_id {', '.join(twice)}.")
        odd = [grade_id for grade_id in names if not GRADE_ID.fullmatch(grade_id)]
        if odd:
            raise GraderError(
                f"Unit {name}: a grade_id is at most 50 letters, digits, '_' and '-', for it also "
                f"names its cell; not so: {', '.join(map(repr, odd))}."
            )
        unit = cls(name, cells, _task_of(name, notebook))
        for cell in unit.auto_graded:
            _ = cell.check
        return unit


def nbgrader_metadata(metadata: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return a cell's nbgrader metadata if it names the cell, else None."""
    found = metadata.get("nbgrader")
    if isinstance(found, Mapping) and isinstance(found.get("grade_id"), str):
        return found
    return None


def without_hidden_tests(source: str) -> str:
    """Leave out the lines from a BEGIN HIDDEN TESTS to its END, as nbgrader's release does."""
    kept, hidden = [], False
    for line in source.split("\n"):
        if BEGIN_HIDDEN in line:
            hidden = True
        elif END_HIDDEN in line:
            hidden = False
        elif not hidden:
            kept.append(line)
    return "\n".join(kept)


def _task_of(name: str, notebook: NotebookNode) -> str:
    task = notebook.metadata.get("glasslab", {}).get("task", FIRST_TASK)
    known = planned_tasks()
    if task not in known:
        raise GraderError(
            f"Unit {name} is about the task {task!r}, of which no hidden suite is planned; there "
            f"are: {', '.join(known)}."
        )
    return task


def _unit_cell(cell: NotebookNode) -> UnitCell:
    metadata = cell.metadata["nbgrader"]
    return UnitCell(
        grade_id=metadata["grade_id"],
        cell_type=cell.cell_type,
        source=cell.source,
        grade=bool(metadata.get("grade")),
        solution=bool(metadata.get("solution")),
        # nbgrader counts every graded cell that is no solution as locked.
        locked=not metadata.get("solution")
        and bool(metadata.get("locked") or metadata.get("grade")),
        points=float(metadata.get("points") or 0.0),
    )


def _called_with(source: str, function: str) -> list[str]:
    """Return the first arguments of all calls ``function("...", ...)``; the code isn't run."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise GraderError(f"A graded cell doesn't parse: {error}.") from error
    return [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == function
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]

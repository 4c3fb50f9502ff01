"""A course of one unit with one question and one explanation, and a class that handed it in.

Its question asks about no model, so that grading it really, or as a fake, needs no hidden suite.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.course import Course
from grader.examiner import for_a_person
from grader.release import release_unit
from grader.report import Incident, Report, Status, Verdict
from grader.submission import digest_of
from grader.suite import Suite
from grader.unit import Unit
from grader.workspace import Workspace

UNIT = "01_tiny"
HANDED_IN = 1767225600
"""New Year 2026: without a receipt, the file's own time counts."""
SUITE = Suite("cumsum", (), 7)
RIGHT = (
    "def f(tokens, max_value, start):\n"
    "    return (start[:, None] + (tokens - max_value).cumsum(1)).sign() + 1"
)
WRONG = "def f(tokens, max_value, start):\n    return tokens"
STUB = 'def f(tokens, max_value, start):\n    raise NotImplementedError("Your code here")'
CHECK = """check("data.carried_labels", f)
### BEGIN HIDDEN TESTS
from grader.hidden import probe
probe("data.carried_labels", f)
### END HIDDEN TESTS"""


def tiny_course(folder: Path) -> Course:
    """Return a released course in a folder of its own."""
    course = Course(folder / "root", folder / "released", Workspace(folder / "classroom"))
    source = course.solutions / UNIT / f"{UNIT}.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(_notebook(), source)
    release_unit(course, UNIT)
    return course


def copy_of(course: Course, folder: Path) -> Course:
    """Return the same course with a classroom of its own: the same gradebook, at its beginning."""
    shutil.copytree(course.workspace.root, folder)
    return replace(course, workspace=Workspace(folder))


def hand_in(course: Course, answers: dict[str, str]) -> None:
    """Hand in an answer for each learner, as nbgrader's exchange leaves it."""
    released = nbformat.read(course.release / UNIT / f"{UNIT}.ipynb", as_version=4)
    for student, source in answers.items():
        released.cells[1].source = source
        path = course.workspace.submitted / student / UNIT / f"{UNIT}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(released, path)
        os.utime(path, (HANDED_IN, HANDED_IN))


def fake_report(content: bytes, unit: Unit, seconds: float = 0.0) -> Report:
    """Return a report with points that depend on nothing but the submission."""
    time.sleep(seconds)
    report = for_a_person(content, unit, Incident("missing cell", "nothing of note"))
    points = hashlib.sha256(content).digest()[0] % 3
    words = f"worth {points}"
    return replace(
        report,
        submission_digest=digest_of(content),
        verdicts=tuple(
            Verdict(cell.grade_id, Status.PARTLY, min(points, cell.points), cell.points, words)
            for cell in unit.graded
        ),
    )


def everything(course: Course) -> dict[str, Any]:
    """Return all rows of all tables, and all graded notebooks; ids stand for what they name."""
    url = course.workspace.gradebook_url
    with sqlite3.connect(url.removeprefix("sqlite:///")) as database:
        database.row_factory = sqlite3.Row
        names = [
            row["name"]
            for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        tables = {
            name: [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')]
            for name in names
        }
    database.close()
    # A row of a joined table has its parent's id: grade_cells and base_cell, for instance.
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in sorted(tables):
        for row in tables[name]:
            if isinstance(row.get("id"), str):
                rows.setdefault(row["id"], []).append(row)

    def named(column: str, value: Any) -> Any:
        if column in ("graded", "received", "timestamp"):
            return None  # the time by the clock, or by the file system
        if column == "id":
            return "an id"
        return [plain(row) for row in rows[value]] if value in rows else value

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        return {column: named(column, value) for column, value in row.items()}

    found: dict[str, Any] = {
        name: sorted(json.dumps(plain(row), sort_keys=True) for row in tables[name])
        for name in tables
    }
    for path in sorted(course.workspace.autograded.rglob("*")):
        if path.is_file():
            found[str(path.relative_to(course.workspace.root))] = path.read_bytes()
    return found


def _notebook() -> nbformat.NotebookNode:
    def metadata(name: str, **more: Any) -> dict[str, Any]:
        plain = {"grade": False, "locked": True, "solution": False, "task": False}
        return {"nbgrader": {**plain, "grade_id": name, "schema_version": 3, **more}}

    return new_notebook(
        cells=[
            new_code_cell(
                "from glasslab.checks import check", id="setup", metadata=metadata("setup")
            ),
            new_code_cell(
                STUB.replace("    raise", "    ### BEGIN SOLUTION\n    raise")
                + "\n    ### END SOLUTION",
                id="f",
                metadata=metadata("f", locked=False, solution=True),
            ),
            new_code_cell(CHECK, id="f_check", metadata=metadata("f_check", grade=True, points=2)),
            new_markdown_cell(
                "### BEGIN SOLUTION\nbecause\n### END SOLUTION",
                id="why",
                metadata=metadata("why", grade=True, solution=True, locked=False, points=1),
            ),
        ]
    )

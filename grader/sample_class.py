"""A sample class for the demo and the tests: real notebooks, from a full solution to an attack."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from grader.course import Course
from grader.release import source_unit
from grader.solutions import answers_of
from grader.verify import Variant, answer_cells, answers_folder, load_variants


def sample_class(course: Course, unit_name: str, released: Path) -> dict[str, bytes]:
    """Return each learner's submission of a unit, made from its release and its solution.

    Raises:
        GraderError: the unit or its variants are incomplete.
    """
    unit = source_unit(course, unit_name)
    release = nbformat.read(released, as_version=4)
    solution = answers_of(nbformat.read(course.source_of(unit_name), as_version=4))
    variants = load_variants(answers_folder(course), unit)
    cells = list(answer_cells(unit))
    other = {cell: _last_right(variants[cell]) for cell in cells}
    hard_coded = {
        cell: variant.source for cell in cells for variant in variants[cell] if variant.hard_coded
    }
    full = _answered(release, solution)
    half = {name: solution[name] for name in cells[: len(cells) // 2]}
    return {
        "ada-solves-all": _write(full),
        "ben-differently": _write(_answered(release, solution | other)),
        "cleo-hard-codes": _write(_answered(release, hard_coded)),
        "dan-untouched": _write(release),
        "eve-half-done": _write(_answered(release, half)),
        "fay-in-colab": as_colab_saves(full),
        "gus-crashes": _write(_with_crash(full, cells[-1])),
        "mal-attacks": _write(_with_attack(release, cells)),
    }


def _last_right(variants: list[Variant]) -> str:
    return [variant.source for variant in variants if variant.right][-1]


def _answered(release: NotebookNode, answers: Mapping[str, str]) -> NotebookNode:
    notebook = copy.deepcopy(release)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell.source = answers[grade_id]
    return notebook


def _write(notebook: NotebookNode) -> bytes:
    return nbformat.writes(notebook).encode()


def as_colab_saves(notebook: NotebookNode) -> bytes:
    """Return a notebook as Colab writes it: no cell ids, its own metadata, format 4.0."""
    data: dict[str, Any] = json.loads(nbformat.writes(notebook))
    for number, cell in enumerate(data["cells"]):
        cell["metadata"] = cell["metadata"] | {"id": f"c0lab{number:07d}"}
        cell.pop("id", None)
    data["metadata"] = {
        "colab": {"provenance": [], "toc_visible": True},
        "accelerator": "GPU",
        "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"},
        "language_info": {"name": "python"},
    }
    data["nbformat_minor"] = 0
    return json.dumps(data, ensure_ascii=False).encode()


def _insert_before(notebook: NotebookNode, grade_id: str, source: str) -> NotebookNode:
    notebook = copy.deepcopy(notebook)
    index = next(
        index
        for index, cell in enumerate(notebook.cells)
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )
    notebook.cells.insert(index, new_code_cell(source))
    return notebook


def _with_crash(notebook: NotebookNode, before: str) -> NotebookNode:
    """Add a cell in which the whole kernel dies, as a bug in compiled code would make it."""
    return _insert_before(notebook, before, "import os\nos.abort()  # a crash in compiled code")


ATTACK_SETUP = """\
# Look for anything worth reading, and believe nothing will be checked.
import builtins, os, pathlib, socket, sys
import glasslab.checks

class Always:
    def __eq__(self, other): return True
    def __float__(self): return 1.0
    def __getattr__(self, name): return Always()
    def __call__(self, *a, **k): return Always()

glasslab.checks.check = check = lambda name, answer: print(f"✓ {name}: correct")
sys.displayhook = lambda value: print(100)
found = []
for folder in ("/", "/home", "/root", "/tmp", os.getcwd()):
    try:
        for path in pathlib.Path(folder).rglob("*"):
            if path.name in {"secret", "gradebook.db", "suite.json", "probes", "submitted"} and (
                "site-packages" not in path.parts
            ):
                found.append(str(path))
    except OSError:
        pass
print("secrets found:", found or "none")
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
    print("network: open")
except OSError as error:
    print("network: closed")
"""


def _with_attack(release: NotebookNode, cells: list[str]) -> NotebookNode:
    """Forge answers, metadata and checks, look for secrets, and shoot at the parent process."""
    notebook = _answered(release, {cell: f"{cell} = Always()" for cell in cells})
    for cell in notebook.cells:
        if "points" in cell.metadata.get("nbgrader", {}):
            cell.metadata["nbgrader"]["points"] = 100
            cell.metadata["tags"] = ["skip-execution"]
            cell.source = "100" if cell.cell_type == "code" else cell.source
    notebook = _insert_before(notebook, cells[0], ATTACK_SETUP)
    notebook.cells.append(new_code_cell("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"))
    return notebook

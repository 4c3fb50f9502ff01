"""The solution notebooks still run, and still say what they said: nbval compares every output."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from grader.course import Course
from grader.tasks import planned_tasks, suite_variable

COURSE = Course.default()


def run_nbval(unit, suites, guesses):
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--nbval", "--nbval-cell-timeout=300"),
            *("--nbval-sanitize-with", str(Path(__file__).with_name("nbval.cfg"))),
            *("-p", "no:cacheprovider", "-q", "--no-header", str(COURSE.source_of(unit))),
        ],
        # No guesses of another run: what a notebook recalls is the same each time.
        env=os.environ | suites | {"GLASSLAB_GUESSES": str(guesses / f"{unit}.json")},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def suites(suite_folder_of):
    """The environment in which notebooks find the hidden suite of each task."""
    return {suite_variable(task): str(suite_folder_of(task)) for task in planned_tasks()}


@pytest.fixture(scope="module")
def runs(suites, tmp_path_factory):
    """Every solution notebook, run by nbval in a process of its own, two at a time."""
    units, guesses = COURSE.units(), tmp_path_factory.mktemp("guesses")
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(lambda unit: run_nbval(unit, suites, guesses), units)
        return dict(zip(units, done))


@pytest.mark.parametrize("unit", COURSE.units())
def test_solution_notebook_reproduces_its_outputs(unit, runs):
    done = runs[unit]
    assert done.returncode == 0, done.stdout[-6000:]
    cells = nbformat.read(COURSE.source_of(unit), 4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert f"{len(code)} passed" in done.stdout


@pytest.mark.parametrize("unit", ["01_data", "03_attention"])
def test_a_wrong_answer_fails_the_hidden_test_in_the_solution(unit, suites, tmp_path):
    """The canary of the test above: a broken solution does not pass."""
    notebook = nbformat.read(COURSE.source_of(unit), as_version=4)
    graded = next(i for i, cell in enumerate(notebook.cells) if "### BEGIN HIDDEN" in cell.source)
    keep = [cell for cell in notebook.cells[: graded + 1] if cell.cell_type == "code"]
    for cell in keep[:-1]:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            signature = cell.source[: cell.source.index(":\n") + 2]
            cell.source = f"{signature}    return 0"
    notebook.cells = keep
    broken = tmp_path / "broken.ipynb"
    nbformat.write(notebook, broken)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--nbval-lax", "-p", "no:cacheprovider", "-q"),
            *("--rootdir", str(tmp_path), str(broken)),
        ],
        env=os.environ | suites,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "1 failed" in done.stdout and "AssertionError" in done.stdout

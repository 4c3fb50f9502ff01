"""Learners get no solution, hidden test or output; course/ is what solutions/ gives."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from grader.course import STUB, Course
from grader.errors import GraderError
from grader.gradebook import load_unit, open_gradebook
from grader.release import release_unit, source_unit
from grader.unit import Unit

ROOT = Path(__file__).resolve().parents[1]
UNITS = Course.default().units()


@pytest.fixture(scope="module")
def released(course):
    return {unit: release_unit(course, unit) for unit in UNITS}


def cells_of(path):
    return nbformat.read(path, as_version=4).cells


def test_the_course_is_whole():
    assert UNITS == [
        "00_orientation",
        "01_data",
        "02_training",
        "03_attention",
        "04_mlp",
        "05_direct_logit_attribution",
        "06_proof",
        "07_by_hand",
        "10_sorted_list",
        "11_qk_ov_circuits",
        "12_adversarial",
    ]
    course = Course.default()
    units = [source_unit(course, unit) for unit in UNITS]
    assert sum(len(unit.auto_graded) for unit in units) >= 70
    difficulties = {
        cell.source.split("Difficulty ", 1)[1][:5].count("●")
        for unit in UNITS
        for cell in cells_of(course.source_of(unit))
        if "Difficulty ●" in cell.source
    }
    assert difficulties == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("unit", UNITS)
def test_the_committed_release_is_what_the_solutions_give(released, unit):
    committed = ROOT / "course" / unit / f"{unit}.ipynb"
    assert json.loads(committed.read_text()) == json.loads(released[unit].read_text()), (
        f"course/{unit} is stale: run 'grader release {unit}'"
    )


@pytest.mark.parametrize("unit", UNITS)
def test_no_solution_hidden_test_mark_scheme_or_output_is_released(released, unit):
    text = released[unit].read_text()
    for hidden in ("BEGIN SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "grader.hidden", "probe("):
        assert hidden not in text
    for cell in cells_of(released[unit]):
        assert not cell.get("outputs") and cell.get("execution_count") is None
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
            assert STUB in cell.source


@pytest.mark.parametrize("unit", UNITS)
def test_no_solution_nor_its_longest_line_is_released(course, released, unit):
    kept = "\n".join(cell.source for cell in cells_of(released[unit]))
    bodies = [
        body
        for cell in cells_of(course.source_of(unit))
        for body in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, re.S)
    ]
    assert len(bodies) >= 4
    for body in bodies:
        assert body.strip() not in kept
        assert max(map(str.strip, body.splitlines()), key=len) not in kept


@pytest.mark.parametrize("unit", UNITS)
def test_each_exercise_has_its_parts(released, unit):
    cells = cells_of(released[unit])
    exercises = [
        index
        for index, cell in enumerate(cells)
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
    ]
    assert 4 <= len(exercises) <= 10
    for number, index in enumerate(exercises):
        before = exercises[number - 1] if number else 0
        intro = "\n".join(c.source for c in cells[before:index] if c.cell_type == "markdown")
        for part in ("Objective", "Difficulty", "min", "<details>", "Hint"):
            assert part in intro, (cells[index].id, part)
        next_one = exercises[number + 1] if number + 1 < len(exercises) else len(cells)
        after = "\n".join(c.source for c in cells[index:next_one])
        assert "What you should see" in after, cells[index].id
    manual = [c for c in cells if c.metadata.get("nbgrader", {}).get("solution")]
    assert sum(c.cell_type == "markdown" for c in manual) in (1, 2)


@pytest.mark.parametrize("unit", UNITS)
def test_the_gradebook_keeps_the_unit_whole_and_in_order(course, released, unit):
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        kept = load_unit(gradebook, unit)
    assert kept == source_unit(course, unit)
    assert Unit.from_json(kept.to_json()) == kept
    ids = [cell.id for cell in cells_of(released[unit])]
    assert [ids.index(cell.grade_id) for cell in kept.cells] == sorted(
        ids.index(cell.grade_id) for cell in kept.cells
    )


def test_an_unknown_unit_is_one_clear_sentence(course):
    with pytest.raises(GraderError, match="no unit '99_nothing'"):
        release_unit(course, "99_nothing")


@pytest.mark.parametrize(
    "source",
    [
        'check("a.b", f)',
        'check("a.b", f)\n### BEGIN HIDDEN TESTS\nprobe("a.c", f)\n### END HIDDEN TESTS',
        '### BEGIN HIDDEN TESTS\nprobe("a.b", f)\n### END HIDDEN TESTS',
    ],
)
def test_a_graded_cell_without_its_probe_is_refused(source):
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                source, metadata={"nbgrader": {"grade": True, "grade_id": "t", "points": 1}}
            )
        ]
    )
    with pytest.raises(GraderError, match="must hold one check"):
        Unit.from_notebook("09_toy", notebook)

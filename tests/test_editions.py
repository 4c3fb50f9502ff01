"""The self-study edition: the same course, its solutions and pictures folded, nothing graded."""

import base64
import re

import nbformat
import pytest

from grader.cli import main
from grader.course import STUB, Course
from grader.editions import self_study
from grader.solutions import answers_of

COURSE = Course.default()
UNITS = COURSE.units()


@pytest.fixture(scope="module")
def editions():
    config = COURSE.nbgrader_config()
    sources = {unit: nbformat.read(COURSE.source_of(unit), 4) for unit in UNITS}
    return {unit: (source, self_study(source, config)) for unit, source in sources.items()}


@pytest.mark.parametrize("unit", UNITS)
def test_every_solution_is_folded_behind_its_exercise(editions, unit):
    source, edition = editions[unit]
    nbformat.validate(edition)
    ids = [cell.id for cell in edition.cells]
    for cell in source.cells:
        if not cell.metadata.get("nbgrader", {}).get("solution"):
            continue
        at = ids.index(f"{cell.id}-solution")
        assert at > ids.index(cell.id)
        answer = answers_of(source)[cell.metadata.nbgrader.grade_id]
        assert len(answer) > 30
        folded = edition.cells[at].source
        if cell.cell_type == "markdown":
            assert "points" in folded.partition(answer.strip())[2], "no word on how it is read"
        assert folded.startswith("<details>") and folded.endswith("</details>")
        assert answer.strip() in folded
        if cell.cell_type == "code":
            stub = edition.cells[ids.index(cell.id)].source
            assert STUB in stub and answer.strip() not in stub
            between = edition.cells[ids.index(cell.id) + 1 : at]
            assert any("check(" in each.source for each in between), "the check comes first"


@pytest.mark.parametrize("unit", UNITS)
def test_every_picture_is_there_with_its_words(editions, unit):
    source, edition = editions[unit]
    drawn = [
        output.data
        for cell in source.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert drawn
    attached = {
        picture["image/png"]
        for cell in edition.cells
        for picture in cell.get("attachments", {}).values()
    }
    assert {data["image/png"] for data in drawn} == attached
    for picture in attached:
        assert base64.b64decode(picture).startswith(b"\x89PNG")
    for cell in edition.cells:
        for alt, name in re.findall(r"!\[(.*)\]\(attachment:(.*)\)", cell.source):
            assert len(alt) > 20 and name in cell.attachments


@pytest.mark.parametrize("unit", UNITS)
def test_nothing_in_it_is_graded_or_secret(editions, unit):
    source, edition = editions[unit]
    text = nbformat.writes(edition)
    for hidden in ("HIDDEN TESTS", "grader.hidden", "BEGIN SOLUTION", "MARK SCHEME", '"nbgrader"'):
        assert hidden not in text
    assert not re.search(r"Difficulty.*\d points?", text)
    assert all(not cell.get("outputs") for cell in edition.cells)
    kept = [cell.id for cell in edition.cells]
    assert [cell.id for cell in source.cells] == [
        one for one in kept if not one.endswith(("-solution", "-expected"))
    ]


def test_the_command_writes_it_where_it_is_told(tmp_path, capsys):
    assert main(["release", "01_data", "--edition", "self-study", "--to", str(tmp_path)]) == 0
    assert nbformat.read(tmp_path / "01_data" / "01_data.ipynb", 4).metadata.glasslab
    assert main(["release", "01_data", "--to", str(tmp_path)]) == 1
    assert "--edition self-study" in capsys.readouterr().err

"""`grader verify`, behind real walls: right answers pass, wrong ones fail, the table says so."""

import shutil

import pytest

import grader.verify
from grader.cli import main
from grader.course import Course
from grader.errors import GraderError
from grader.release import source_unit
from grader.verify import Row, answers_folder, load_variants

COURSE = Course.default()


@pytest.fixture
def workspace(course, monkeypatch):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(course.workspace.root))


@pytest.mark.parametrize("unit", COURSE.units())
def test_all_right_answers_pass_and_all_wrong_ones_fail(unit, workspace, capsys):
    variants = load_variants(answers_folder(COURSE), source_unit(COURSE, unit))
    rows = sum(map(len, variants.values())) + len(variants)  # and the solution of each
    assert main(["verify", unit]) == 0
    table = capsys.readouterr().out
    assert f"{rows} of {rows} variants told apart." in table
    assert table.count(" ok\n") == rows
    assert "right_" in table and "wrong_stub" in table


def row(name, score):
    return Row("09_toy", "cell", name, name.startswith("right"), score, "words")


@pytest.mark.parametrize(
    ("name", "score", "holds"),
    [
        ("right_plain", 1.0, True),
        ("right_plain", 0.9, False),
        ("wrong_axis", 0.0, True),
        ("wrong_axis", 0.5, True),
        ("wrong_axis", 0.6, False),
        ("wrong_public_numbers", 0.2, False),
        ("wrong_stub", 0.2, False),
    ],
)
def test_a_score_that_breaks_its_promise_is_a_failure(
    name, score, holds, workspace, monkeypatch, capsys
):
    assert row(name, score).holds == holds
    monkeypatch.setattr(grader.verify, "verify_unit", lambda *a, **k: iter([row(name, score)]))
    assert main(["verify", "01_data"]) == (0 if holds else 1)
    assert ("FAILED" in capsys.readouterr().out) == (not holds)


def test_too_few_or_stray_variants_are_refused(tmp_path):
    unit = source_unit(COURSE, "01_data")
    folder = tmp_path / "answers"
    shutil.copytree(answers_folder(COURSE) / "01_data", folder / "01_data")
    (folder / "01_data" / "no_such_cell").mkdir()
    with pytest.raises(GraderError, match="no answer cell is named no_such_cell"):
        load_variants(folder, unit)
    (folder / "01_data" / "no_such_cell").rmdir()
    for path in (folder / "01_data" / "class_shares").glob("wrong_public*"):
        path.unlink()
    with pytest.raises(GraderError, match=r"class_shares.*wrong_public"):
        load_variants(folder, unit)

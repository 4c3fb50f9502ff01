"""`grader verify`, behind real walls: right answers pass, wrong ones fail, the table says so."""

import json
import re
import shutil
from dataclasses import replace

import pytest

import grader.calibration
import grader.verify
from grader.calibration import rehearse
from grader.cli import main
from grader.course import Course
from grader.errors import GraderError
from grader.release import source_unit
from grader.tasks import planned_tasks
from grader.verify import Row, answers_folder, load_variants

COURSE = Course.default()


@pytest.fixture
def workspace(course, monkeypatch):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(course.workspace.root))


def expected_rows(unit):
    variants = load_variants(answers_folder(COURSE), source_unit(COURSE, unit))
    return sum(map(len, variants.values())) + len(variants)  # and the solution of each


def test_behind_walls_all_right_answers_pass_and_all_wrong_ones_fail(workspace, capsys):
    rows = expected_rows("01_data")
    assert main(["verify", "01_data"]) == 0
    table = capsys.readouterr().out
    assert f"{rows} of {rows} variants told apart." in table
    assert table.count(" ok\n") == rows
    assert "right_" in table and "wrong_stub" in table


@pytest.fixture(scope="module")
def rehearsed(suite_folder_of):
    """All variants of all units, tried without walls: what stands behind them is the same."""
    units = COURSE.units()
    suites = {task: [suite_folder_of(task)] for task in planned_tasks()}
    return dict(zip(units, rehearse(COURSE, units, suites, workers=2)))


@pytest.mark.parametrize("unit", COURSE.units())
def test_all_right_answers_pass_and_all_wrong_ones_fail(unit, rehearsed):
    assert len(rehearsed[unit]) == expected_rows(unit)
    rows = [row for rows in rehearsed[unit] for row in rows]
    assert not [row for row in rows if not row.holds]
    assert not [row for row in rows if row.score < 1 and "Where it was wrong: " not in row.words]


def test_every_variant_says_what_it_does():
    for path in answers_folder(COURSE).rglob("*.py"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert re.fullmatch(r"# \S.{9,}", first), f"{path}: its first line must say what it does"


def test_a_right_answer_that_the_public_check_refuses_is_a_failure():
    assert row("right_plain", 1.0).holds
    assert not replace(row("right_plain", 1.0), refused="✗ toy: no").holds


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


def test_seeds_on_which_a_variant_fails_are_counted(workspace, monkeypatch, capsys, tmp_path):
    good, bad = row("right_plain", 1.0), row("right_plain", 0.9)
    monkeypatch.setattr(
        grader.calibration, "train_suite", lambda folder, *a, **k: folder.mkdir(exist_ok=True)
    )
    tried = [[(good, bad, bad)]]
    monkeypatch.setattr(grader.calibration, "rehearse", lambda *a, **k: iter(tried))
    command = ["verify", "01_data", "--seeds", "3", "--suites", str(tmp_path)]
    assert main(command) == 1
    told = capsys.readouterr().out
    assert "2 of 3 FAILED" in told and "0.90 to 1.00" in told
    assert len(list(tmp_path.iterdir())) == 3
    assert main([*command, "--json"]) == 1
    [one] = json.loads(capsys.readouterr().out)
    assert one["seeds_failed"] == 2 and one["scores"] == [1.0, 0.9, 0.9]


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

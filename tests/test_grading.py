"""The whole way on real notebooks: release, submit, run, probe, gradebook, feedback."""

import csv
import dataclasses
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell

import grader.release
from grader.course import Course
from grader.demo import check_grades
from grader.engine import Submission, examine_all
from grader.errors import GraderError
from grader.gradebook import load_unit, open_gradebook
from grader.grading import grade_unit, write_feedback
from grader.reference import suite_for
from grader.release import release_unit, source_unit
from grader.report import Status
from grader.sample_class import sample_class
from grader.sandbox import Limits, SandboxUnavailable
from grader.secret import new_secret
from grader.tables import grades_json, grades_table

UNIT = "03_attention"
ROOT = Path(__file__).resolve().parents[1]
NBGRADER = [sys.executable, "-m", "nbgrader"]


@pytest.fixture(scope="module")
def classroom(course):
    """A class of eight that has handed in the unit, graded."""
    new_secret(course.workspace.secret)
    released = release_unit(course, UNIT)
    for student, content in sample_class(course, UNIT, released).items():
        path = course.workspace.submitted / student / UNIT / f"{UNIT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    reports = grade_unit(course, UNIT, progress=False)
    write_feedback(course, UNIT)
    return reports


@pytest.fixture
def environment(course):
    return os.environ | {
        "GLASSLAB_CLASSROOM": str(course.workspace.root),
        "GLASSLAB_RELEASE": str(course.release),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def grade_of(gradebook, cell, student) -> Any:
    return gradebook.find_grade(cell, UNIT, UNIT, student)


def auto_graded(report):
    return [verdict for verdict in report.verdicts if verdict.grade_id.endswith("_check")]


def test_everyone_gets_what_they_deserve(classroom):
    check_grades(classroom)


def test_the_full_solution_is_right_on_every_hidden_question(classroom):
    statuses = {v.status for v in classroom["ada-solves-all"].verdicts}
    assert statuses == {Status.RIGHT, Status.NEEDS_PERSON}


def test_the_untouched_notebook_is_not_attempted_rather_than_wrong(classroom):
    assert {v.status for v in classroom["dan-untouched"].verdicts} == {Status.NOT_ATTEMPTED}


def test_one_fatal_cell_costs_nothing_but_itself_and_is_told(classroom):
    kinds = [one.kind for one in classroom["gus-crashes"].incidents]
    assert kinds == ["cell died"]


def test_an_attack_is_told_and_neither_gains_nor_learns(classroom, course):
    report = classroom["mal-attacks"]
    assert report.points == 0
    assert "changed cell" in {one.kind for one in report.incidents}
    path = course.workspace.autograded / "mal-attacks" / UNIT / f"{UNIT}.ipynb"
    printed = path.read_text()
    assert "secrets found: none" in printed
    assert "network: closed" in printed


def test_the_gradebook_holds_the_reports(classroom, course):
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        for student, report in classroom.items():
            for verdict in report.verdicts:
                grade = grade_of(gradebook, verdict.grade_id, student)
                assert grade.auto_score == verdict.points
                assert grade.max_score == verdict.max_points
                assert grade.needs_manual_grade == (verdict.points is None)


def test_feedback_tells_each_learner_the_verdicts_and_nothing_hidden(classroom, course):
    for student, report in classroom.items():
        page = (course.workspace.feedback / student / UNIT / f"{UNIT}.html").read_text()
        for verdict in auto_graded(report):
            assert verdict.words.split(".")[0] in page
        assert "BEGIN HIDDEN" not in page and "grader.hidden" not in page
        assert course.workspace.secret.read_text().strip() not in page


def test_grading_again_gives_the_same_grades(classroom, course):
    again = grade_unit(course, UNIT, students=["eve-half-done"], force=True, progress=False)
    assert again["eve-half-done"].verdicts == classroom["eve-half-done"].verdicts


def test_a_persons_grade_survives_regrading(classroom, course):
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        cell = next(v.grade_id for v in classroom["ben-differently"].verdicts if v.points is None)
        grade = grade_of(gradebook, cell, "ben-differently")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        gradebook.db.commit()
    grade_unit(course, UNIT, students=["ben-differently"], force=True, progress=False)
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        grade = grade_of(gradebook, cell, "ben-differently")
        assert grade.manual_score == 1.0 and grade.needs_manual_grade


def test_nbgraders_own_commands_run_our_engine(classroom, course, environment):
    """`nbgrader autograde`, `generate_feedback` and `export` end in the same grades."""
    student = "fay-in-colab"
    # What nbgrader would copy and hand back with the feedback: links out of the submission.
    folder = course.workspace.submitted / student / UNIT
    (folder / "notes.txt").symlink_to(course.workspace.secret)
    (folder / "endless").symlink_to("/dev/zero")
    (folder / "sub").mkdir()
    (folder / "sub" / "mine.txt").write_text("mine")
    (folder / "timestamp.txt").write_text("2026-03-01 12:00:00 UTC")

    def nbgrader(*arguments):
        done = subprocess.run(
            [*NBGRADER, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done

    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        gradebook.remove_submission(UNIT, student)
    nbgrader("autograde", UNIT, "--student", student, "--force")
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        for verdict in classroom[student].verdicts:
            grade = grade_of(gradebook, verdict.grade_id, student)
            assert grade.auto_score == verdict.points
    nbgrader("generate_feedback", UNIT, "--student", student, "--force")
    handed_back = course.workspace.feedback / student / UNIT
    assert {path.name for path in handed_back.iterdir()} == {f"{UNIT}.html", "timestamp.txt"}
    export = course.workspace.root / "grades.csv"
    nbgrader("export", "--to", str(export))
    scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(export.open())}
    assert scores[student] == classroom[student].points


def test_no_time_counts_that_a_submission_claims(classroom, course):
    student = "eve-half-done"
    folder = course.workspace.submitted / student / UNIT
    for written, kind in (("2001-03-01 12:00:00 UTC", "no receipt"), ("yesterday", "no timestamp")):
        (folder / "timestamp.txt").write_text(written)
        graded = grade_unit(course, UNIT, students=[student], force=True, progress=False)
        with open_gradebook(course.workspace.gradebook_url) as gradebook:
            submission: Any = gradebook.find_submission(UNIT, student)
            assert submission.timestamp.year > 2025
        assert kind in {one.kind for one in graded[student].incidents}
    (folder / "timestamp.txt").unlink()


def test_a_refused_release_leaves_the_earlier_one(classroom, course, monkeypatch):
    released = course.release / UNIT / f"{UNIT}.ipynb"
    before = released.read_bytes()
    assert release_unit(course, UNIT).read_bytes() == before  # the same cells again are fine
    unit = source_unit(course, UNIT)
    fewer = dataclasses.replace(unit, cells=unit.cells[1:])
    monkeypatch.setattr(grader.release, "source_unit", lambda course, name: fewer)
    with pytest.raises(GraderError, match="has submissions"):
        release_unit(course, UNIT)
    assert released.read_bytes() == before


def test_nbgrader_generate_assignment_releases_the_same_notebook(course, environment, tmp_path):
    environment |= {"GLASSLAB_CLASSROOM": str(tmp_path), "GLASSLAB_RELEASE": str(tmp_path / "out")}
    done = subprocess.run(
        [*NBGRADER, "generate_assignment", "01_data"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    mine = release_unit(course, "01_data")
    theirs = tmp_path / "out" / "01_data" / "01_data.ipynb"
    assert json.loads(theirs.read_text()) == json.loads(mine.read_text())


def test_the_formgrader_shows_the_class_and_its_notebooks(classroom, environment):
    """nbgrader's web pages read our gradebook and our graded notebooks."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--no-browser", "--allow-root", "--ServerApp.token=t0ken", f"--port={port}")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options, "--ip=127.0.0.1"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def get(path):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/formgrader/{path}", headers={"Authorization": "token t0ken"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read().decode()

    try:
        for _ in range(240):
            assert server.poll() is None
            try:
                get("api/assignments")
                break
            except OSError:
                time.sleep(0.5)
        rows = {
            row["student"]: row for row in json.loads(get(f"api/submitted_notebooks/{UNIT}/{UNIT}"))
        }
        assert {name: row["code_score"] for name, row in rows.items()} == {
            name: report.points for name, report in classroom.items()
        }
        page = get(f"submissions/{rows['mal-attacks']['id']}/?index=0")
        assert "Hidden questions: " in page and "secrets found" in page
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_tables_tell_points_and_incidents(classroom):
    text = grades_table(classroom)
    assert "mal-attacks" in text and "?" in text
    assert "trouble  gus-crashes" in text
    assert "1 that look like an attempt to cheat" in text
    data = json.loads(grades_json(classroom))
    assert list(data["summary"]["attempts"]) == ["mal-attacks"]
    assert "ada-solves-all" in data["summary"]["needs_person"]
    assert data["learners"]["dan-untouched"]["points"] == 0
    assert data["learners"]["ada-solves-all"]["verdicts"][0]["status"] == "right"


def test_broken_files_end_as_graded_with_a_reason(course, suite):
    unit = source_unit(course, "01_data")
    submissions = [Submission("broken", b"{"), Submission("empty", b"")]
    for _, report in examine_all(submissions, unit, suite):
        assert report.points == 0
        assert report.incidents[0].kind == "unreadable"


def test_honest_helpers_warnings_and_bars_do_not_hurt(course, suite):
    """Added cells, output on stderr, progress bars, plots and slow cells cost nothing."""
    notebook = nbformat.read(course.source_of("01_data"), as_version=4)
    notebook.cells.insert(
        1,
        new_code_cell(
            "import sys, warnings, time\nfrom tqdm.auto import tqdm\n"
            "import matplotlib.pyplot as plt\n"
            "warnings.warn('careful')\nprint('oh', file=sys.stderr)\n"
            "for _ in tqdm(range(3)): time.sleep(0.01)\n"
            "plt.plot([1, 2]); plt.show()\n"
            "def helper(x): return x"
        ),
    )
    unit = source_unit(course, "01_data")
    [(_, report)] = examine_all([Submission("x", nbformat.writes(notebook).encode())], unit, suite)
    assert all(v.status in (Status.RIGHT, Status.NEEDS_PERSON) for v in report.verdicts)
    [helper] = [cell for cell in report.notebook.cells if "helper" in cell.source]
    kinds = {output.output_type for output in helper.outputs}
    assert "stream" in kinds and "display_data" in kinds


def test_an_endless_cell_costs_only_itself(course, suite):
    notebook = nbformat.read(course.source_of("01_data"), as_version=4)
    notebook.cells.insert(1, new_code_cell("while True: pass"))
    unit = source_unit(course, "01_data")
    limits = dataclasses.replace(Limits(), cell_seconds=20)
    submission = Submission("x", nbformat.writes(notebook).encode())
    [(_, report)] = examine_all([submission], unit, suite, limits=limits)
    assert "cell timeout" in {one.kind for one in report.incidents}
    assert all(v.status in (Status.RIGHT, Status.NEEDS_PERSON) for v in report.verdicts)


def test_what_is_missing_is_one_clear_sentence(course, tmp_path):
    from grader.workspace import Workspace

    empty = Course(course.root, tmp_path / "course", Workspace(tmp_path))
    with pytest.raises(GraderError, match="grader release"):
        grade_unit(empty, UNIT, progress=False)
    release_unit(empty, "01_data")
    with pytest.raises(
        GraderError, match=r"of 'cumsum' in .*: make one with 'grader reference train'"
    ):
        grade_unit(empty, "01_data", progress=False)
    copied = tmp_path / "suite"
    copied.symlink_to(course.workspace.suite_for("cumsum"))
    with pytest.raises(GraderError, match="No submissions of 01_data"):
        grade_unit(empty, "01_data", progress=False)


def test_missing_walls_refuse_in_one_sentence(course, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    with pytest.raises(SandboxUnavailable, match="bubblewrap"):
        grade_unit(course, UNIT, progress=False)


def test_unit_and_suite_of_the_fixture_are_real(course, suite):
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        release_unit(course, "01_data")
        assert load_unit(gradebook, "01_data").auto_graded
    assert len(suite_for(course.workspace, "cumsum").references) == len(suite.references) >= 1

"""How often a learner is graded is a setting of the class, wherever grades or pages are made."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from tiny_class import RIGHT, SUITE, UNIT, WRONG, fake_report, hand_in
from traitlets.config import Config

import grader.engine
import grader.grading
import grader.plugin
from grader.engine import Submission
from grader.errors import GraderError
from grader.gradebook import Writer
from grader.grading import grade_unit, write_feedback
from grader.report import Report
from grader.resubmissions import graded_at_most

ROOT = Path(__file__).parent.parent


@pytest.fixture
def course(tiny, tmp_path, monkeypatch):
    """A course whose instructor sets something, and whose submissions aren't really examined."""
    root = tmp_path / "root"
    root.mkdir()

    def examine(content: bytes, unit, suite, **options: object) -> Report:
        return fake_report(content, unit)

    def examine_all(submissions: list[Submission], unit, suite, **options: object):
        return [(one, fake_report(one.content, unit)) for one in submissions]

    monkeypatch.setattr(grader.engine, "examine", examine)
    monkeypatch.setattr(grader.engine, "pictures_of", lambda *args, **options: None)
    monkeypatch.setattr(grader.engine, "require_walls", lambda *args, **options: None)
    monkeypatch.setattr(grader.grading, "require_walls", lambda *args, **options: None)
    monkeypatch.setattr(grader.grading, "suite_for", lambda workspace, task: SUITE)
    monkeypatch.setattr(grader.plugin, "examine_all", examine_all)
    monkeypatch.setattr(grader.plugin, "_load_suite", lambda workspace, task: SUITE)
    return replace(tiny, root=root)


def settings(course, text: str) -> None:
    """Write what an instructor adds to the course's own file."""
    own = (ROOT / "nbgrader_config.py").read_text()
    (course.root / "nbgrader_config.py").write_text(f"{own}c = get_config()\n{text}\n")


def grade(course, **options):
    return grade_unit(course, UNIT, isolation="cold", progress=False, **options)


def kinds(graded):
    return {one.kind for one in graded["ada"].incidents}


def page(course) -> str:
    write_feedback(course, UNIT)
    return (course.workspace.feedback / "ada" / UNIT / f"{UNIT}.html").read_text()


def test_the_class_setting_holds_in_grading_and_on_the_page(course):
    settings(course, "c.Resubmissions.graded = 2")
    for answer in (WRONG, RIGHT):
        hand_in(course, {"ada": answer})
        assert "too many attempts" not in kinds(grade(course))
    assert "Attempt 2 of 2" in _words(page(course))
    hand_in(course, {"ada": f"{RIGHT}\n# once more"})
    assert "too many attempts" in kinds(grade(course))
    hand_in(course, {"ada": f"{RIGHT}\n# once more, which her teacher allows"})
    assert "too many attempts" not in kinds(grade(course, attempts=3))
    assert "Attempt 3 Receipt" in _words(page(course))  # not "3 of 2"


def test_ten_are_graded_where_nothing_is_set(course):
    settings(course, "")
    assert graded_at_most(course.configured()) == graded_at_most(Config()) == 10


def test_nbgraders_own_commands_read_the_same_setting(course, unit, monkeypatch):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(course.workspace.root))
    settings(course, "c.Resubmissions.graded = 1")
    hand_in(course, {"ada": WRONG})
    by_nbgrader(Autograde, course)
    hand_in(course, {"ada": RIGHT})
    by_nbgrader(Autograde, course)
    with Writer(course, unit) as writer:
        assert writer.attempts("ada") == 1
    by_nbgrader(GenerateFeedback, course)
    made = course.workspace.feedback / "ada" / UNIT / f"{UNIT}.html"
    assert "Attempt 1 of 1" in _words(made.read_text())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c.Resubmissions.graded = 0", "c.Resubmissions.graded in nbgrader_config.py: "),
        ("c.Resubmissions.graded = 'ten'", "c.Resubmissions.graded in nbgrader_config.py: "),
        ("c.Resubmissions.graded = ", "nbgrader_config.py can't be used: SyntaxError"),
        ("c.Resubmissions.graded = many", "can't be used: NameError: name 'many' is not defined"),
    ],
)
def test_a_setting_that_cannot_be_is_told_in_a_sentence(course, text, said):
    hand_in(course, {"ada": RIGHT})
    settings(course, text)
    with pytest.raises(GraderError, match=r"nbgrader_config\.py") as error:
        grade(course)
    assert said in str(error.value)


def by_nbgrader(step, course) -> None:
    """Run a step of nbgrader's with its configuration, as its command does."""
    config = course.configured()
    directory = CourseDirectory(config=config, assignment_id=UNIT)
    step(coursedir=directory, config=config, force=True).start()


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("</style>")[1]).split())

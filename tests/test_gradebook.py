"""The one writer: rows as nbgrader would write them, whole batches, patience, late points."""

import contextlib
import logging
import sqlite3
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbconvert.exporters.exporter import ResourcesDict
from nbgrader import dbutil
from nbgrader.api import Gradebook
from nbgrader.apps.dbapp import DbStudentListApp
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import event
from tiny_class import UNIT, copy_of, everything, fake_report

import grader.waiting
from grader.errors import GraderError
from grader.gradebook import TOO_MANY_ATTEMPTS, Writer, open_gradebook
from grader.report import Status, Verdict

NOON = datetime(2026, 3, 1, 12)
MOST = 10


@pytest.fixture
def course(tiny):
    return tiny


def report_of(unit, content, points=2.0):
    """Return a report with so many points for the code, and the explanation left to a person."""
    status = Status.RIGHT if points else Status.NOT_ATTEMPTED
    return replace(
        fake_report(content, unit),
        verdicts=(
            Verdict("f_check", status, points, 2.0, "Right on 3 of 3."),
            Verdict("why", Status.NEEDS_PERSON, None, 1.0, "A person will look."),
        ),
    )


def file_of(course):
    return Path(course.workspace.gradebook_url.removeprefix("sqlite:///"))


def row_of(course, student) -> Any:
    """Return what the gradebook says of a learner, by nbgrader's own eyes."""
    with Gradebook(course.workspace.gradebook_url) as gradebook:
        notebook: Any = gradebook.find_submission_notebook(UNIT, UNIT, student)
        return {
            "time": notebook.assignment.timestamp,
            "penalty": notebook.late_submission_penalty,
            "flagged": notebook.flagged,
            "grades": {
                one.name: (one.auto_score, one.manual_score, one.needs_manual_grade)
                for one in notebook.grades
            },
            "comments": {one.name: one.auto_comment for one in notebook.comments},
        }


def by_nbgrader(course, student, report, received):
    """Write a report as nbgrader's ``Autograde`` and ``SaveAutoGrades`` do, cell by cell."""
    with Gradebook(course.workspace.gradebook_url) as gradebook:
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(UNIT, student, timestamp=received)
        for verdict in report.verdicts:
            grade: Any = gradebook.find_grade(verdict.grade_id, UNIT, UNIT, student)
            grade.auto_score = verdict.points
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        for name, words in {"f": "Right on 3 of 3.", "why": None}.items():
            comment: Any = gradebook.find_comment(name, UNIT, UNIT, student)
            comment.auto_comment = words
        gradebook.db.commit()


def by_a_person(course, student):
    with Gradebook(course.workspace.gradebook_url) as gradebook:
        for name in ("f_check", "why"):
            grade: Any = gradebook.find_grade(name, UNIT, UNIT, student)
            grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.0, 0.5, False
        comment: Any = gradebook.find_comment("why", UNIT, UNIT, student)
        comment.manual_comment = "well said"
        gradebook.db.commit()


def test_rows_are_those_that_nbgrader_would_write(released, unit, tmp_path):
    """New learners, new work, the same work again, and a person's scores, comments and credit."""
    theirs, ours = copy_of(released, tmp_path / "theirs"), copy_of(released, tmp_path / "ours")
    days = [
        {"ann": 2.0, "bob": 0.0, "cem": 2.0},
        {"ann": 1.0, "bob": 2.0, "dot": 2.0},
    ]
    for number, day in enumerate(days):
        content = {name: f"{name} {number}".encode() for name in day}
        for name, points in day.items():
            by_nbgrader(theirs, name, report_of(unit, content[name], points), NOON)
        with Writer(ours, unit) as writer:
            for name, points in day.items():
                writer.write(name, report_of(unit, content[name], points), "key", NOON)
        if number == 0:
            for course in (theirs, ours):
                by_a_person(course, "ann")

    expected, found = everything(theirs), everything(ours)
    for table in ("student", "submitted_assignment", "submitted_notebook", "grade", "comment"):
        assert found[table] == expected[table], table
    assert row_of(ours, "ann")["grades"]["f_check"] == (1.0, 1.0, True)
    assert row_of(ours, "ann")["time"] == NOON


def test_a_batch_is_written_whole_or_not_at_all(course, unit, monkeypatch):
    with pytest.raises(RuntimeError), Writer(course, unit) as writer:
        writer.write("ann", report_of(unit, b"1"), "key", NOON)
        monkeypatch.setattr(writer, "_keep_reports", lambda *_: (_ for _ in ()).throw(RuntimeError))
        writer.flush()
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        assert [student.id for student in gradebook.students] == []


def test_what_is_recorded_is_known_again_until_someone_removes_it(course, unit):
    with Writer(course, unit) as writer:
        writer.write("ann", report_of(unit, b"1"), "first", None)
        writer.write("ann", report_of(unit, b"2"), "second", None)
        writer.write("bob", report_of(unit, b"1"), "third", None)
    with Writer(course, unit) as writer:
        assert writer.recorded() == {"ann": "second", "bob": "third"}
        assert writer.outcomes()["ann"].points == 2
        assert (writer.attempts("ann"), writer.attempts("bob"), writer.attempts("cem")) == (2, 1, 0)
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        gradebook.remove_submission(UNIT, "ann")
    (course.workspace.autograded / "bob" / UNIT / f"{UNIT}.ipynb").unlink()
    with Writer(course, unit) as writer:
        assert writer.recorded() == {}


def test_after_many_attempts_the_grade_stays_and_a_person_is_asked_once(course, unit):
    with Writer(course, unit) as writer:
        for number in range(MOST):
            digest = report_of(unit, b"%d" % number).submission_digest
            assert writer.may_grade("ann", digest, MOST)
            writer.write("ann", report_of(unit, b"%d" % number), f"{number}", NOON)
        more = replace(report_of(unit, b"more", 0.0), incidents=(TOO_MANY_ATTEMPTS,))
        assert not writer.may_grade("ann", more.submission_digest, MOST)
        assert writer.may_grade("ann", report_of(unit, b"0").submission_digest, MOST)
        assert writer.may_grade("bob", more.submission_digest, MOST)
        writer.hold("ann", more, "held", NOON + timedelta(days=1))
    row = row_of(course, "ann")
    assert row["grades"] == {"f_check": (2.0, None, True), "why": (None, None, True)}
    assert row["flagged"] and row["time"] == NOON
    by_a_person(course, "ann")
    with Writer(course, unit) as writer:
        assert writer.recorded() == {"ann": f"{MOST - 1}"}
        writer.hold("ann", more, "held", NOON + timedelta(days=1))
    assert row_of(course, "ann")["grades"]["f_check"] == (2.0, 1.0, False)


def test_a_held_gradebook_is_waited_for_and_told_once(course, unit, caplog):
    other = sqlite3.connect(file_of(course), check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(4, other.rollback)
    release.start()
    with caplog.at_level(logging.WARNING), Writer(course, unit, batch=1) as writer:
        writer.write("ann", report_of(unit, b"1"), "key", NOON)
    release.join()
    other.close()
    told = [one.getMessage() for one in caplog.records if "another program" in one.getMessage()]
    assert len(told) == 1 and "waiting" in told[0]
    assert row_of(course, "ann")["grades"]["f_check"][0] == 2


def test_a_gradebook_held_for_too_long_is_one_sentence(course, unit):
    with contextlib.closing(sqlite3.connect(file_of(course))) as other:
        other.execute("BEGIN IMMEDIATE")
        writer = Writer(course, unit, patience=0.1)
        with pytest.raises(GraderError, match=r"another program.*done so far is kept"), writer:
            writer.write("ann", report_of(unit, b"1"), "key", NOON)


def test_a_full_disk_is_waited_for(course, unit, caplog, monkeypatch):
    opened = []
    with Writer(course, unit) as writer:

        def limit(connection, record):
            opened.append(connection)
            [pages] = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count={pages}")

        event.listen(writer._gradebook.engine, "connect", limit)
        writer._gradebook.engine.dispose()
        sleep = time.sleep

        def make_room(seconds):
            sleep(0.01)
            for connection in opened:
                connection.execute("PRAGMA max_page_count=100000")

        monkeypatch.setattr(grader.waiting.time, "sleep", make_room)
        for number in range(100):
            writer.write(f"learner {number}", report_of(unit, b"%d" % number), "key", NOON)
    assert [one.getMessage() for one in caplog.records if "disk is full" in one.getMessage()]
    with Writer(course, unit) as writer:
        assert len(writer.recorded()) == 100


def test_readers_and_the_writer_do_not_wait_for_each_other(course, unit):
    with (
        Writer(course, unit) as writer,
        contextlib.closing(sqlite3.connect(file_of(course), timeout=0)) as reader,
    ):
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM grade").fetchone() == (0,)
        writer.write("ann", report_of(unit, b"1"), "key", NOON)
        writer.flush()
        assert reader.execute("SELECT count(*) FROM grade").fetchone() == (0,)


def test_late_points_are_nbgraders_own(released, unit, tmp_path):
    """On time, late, with an extension, regraded, with a receipt that came later."""
    course = copy_of(released, tmp_path / "classroom")
    course = replace(course, root=tmp_path / "root")
    course.root.mkdir()
    config = "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    (course.root / "nbgrader_config.py").write_text(config)
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        due: Any = NOON
        gradebook.update_or_create_assignment(UNIT, duedate=due)
    late = NOON + timedelta(hours=1)

    def grade(**times):
        with Writer(course, unit) as writer:
            for name, time_ in times.items():
                writer.write(name, report_of(unit, name.encode()), "key", time_)

    def penalties():
        return {name: row_of(course, name)["penalty"] for name in ("ann", "bob", "cem")}

    grade(ann=NOON, bob=late.replace(tzinfo=UTC), cem=late)
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        gradebook.grant_extension(UNIT, "cem", hours=2)
    by_a_person(course, "bob")
    grade(ann=NOON, bob=late, cem=late)
    found = penalties()
    assert found == {"ann": None, "bob": 3.0, "cem": None}
    for name in found:  # nbgrader's own step finds nothing to change
        step = AssignLatePenalties(config=course.configured())
        names = {"notebook": UNIT, "assignment": UNIT, "student": name}
        names["db_url"] = course.workspace.gradebook_url
        notebook = report_of(unit, b"").notebook
        step.preprocess(notebook, ResourcesDict(nbgrader=names))
    assert penalties() == found
    with Writer(course, unit) as writer:
        writer.retime("bob", NOON)
        writer.retime("ann", late)
    assert penalties() == {"ann": 2.0, "bob": None, "cem": None}


def test_nbgraders_commands_work_beside_our_tables(course, unit, capsys):
    with Writer(course, unit) as writer:
        writer.write("ann", report_of(unit, b"1"), "key", NOON)
    dbutil.upgrade(course.workspace.gradebook_url)
    listing = DbStudentListApp(config=course.nbgrader_config())
    listing.coursedir = CourseDirectory(config=course.nbgrader_config())
    listing.start()
    assert "ann" in capsys.readouterr().out
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        assert gradebook.submission_dicts(UNIT)[0]["score"] == 2
        gradebook.remove_student("ann")
    with Writer(course, unit) as writer:
        assert writer.recorded() == {}

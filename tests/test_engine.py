"""Many submissions: lazily, side by side, and whole again after any kill."""

import ast
import json
import os
import random
import signal
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_class import (
    RIGHT,
    STUB,
    SUITE,
    UNIT,
    WRONG,
    copy_of,
    everything,
    fake_report,
    hand_in,
)

import grader
import grader.engine
import grader.grading
import grader.journal
from grader.engine import Submission, examine_all
from grader.errors import GraderError
from grader.grading import grade_unit
from grader.journal import Entry, Journal, examination_key
from grader.report import CONCERNS, Status
from grader.sandbox import SandboxUnavailable
from grader.tables import grades_json, grades_table


@pytest.fixture
def course(tiny):
    return tiny


@pytest.fixture
def no_models(monkeypatch):
    """The question of the tiny class asks about no hidden model."""
    monkeypatch.setattr(grader.grading, "suite_for", lambda workspace, task: SUITE)


class Fake:
    """Stands for the examination of one submission; counts, and fails where it is told to."""

    def __init__(self, seconds=0.0, broken=()):
        self.seconds, self.broken = seconds, broken
        self.calls = 0

    def __call__(self, content, unit, suite, **options):
        self.calls += 1
        if any(word in content for word in self.broken):
            raise OSError("the examiner's disk broke")
        return fake_report(content, unit, self.seconds)


@pytest.fixture
def fake(monkeypatch, no_models):
    """No sandbox at all: what is tested is the way around it."""
    one = Fake()
    monkeypatch.setattr(grader.engine, "examine", lambda *args, **options: one(*args, **options))
    monkeypatch.setattr(grader.engine, "pictures_of", lambda *args, **options: None)
    monkeypatch.setattr(grader.engine, "require_walls", lambda *args, **options: None)
    monkeypatch.setattr(grader.grading, "require_walls", lambda *args, **options: None)
    return one


def grade(course, **options):
    return grade_unit(course, UNIT, **{"isolation": "cold", "progress": False, **options})


def class_of(number):
    return {f"learner-{i:03}": f"{STUB}\n# {i}" for i in range(number)}


# --- one after the other, and side by side ---------------------------------------------------


def test_submissions_are_read_when_their_turn_comes(fake, unit):
    read = finished = most = 0

    def submissions():
        nonlocal read
        for i in range(300):
            read += 1
            yield Submission(str(i), b"%d" % i)

    for _ in examine_all(submissions(), unit, SUITE, workers=3, isolation="cold"):
        finished += 1
        most = max(most, read - finished)
    assert finished == fake.calls == 300
    assert most <= 6


def test_nothing_is_started_for_nobody(monkeypatch, unit):
    def refuse(*args):
        raise AssertionError("nothing is needed")

    monkeypatch.setattr(grader.engine, "require_walls", refuse)
    assert list(examine_all([], unit, SUITE)) == []


def test_a_sandbox_that_cannot_start_is_tried_once_more(fake, monkeypatch, unit):
    tries = []

    def examine(content, unit, suite, **options):
        tries.append(content)
        if len(tries) == 1:
            raise SandboxUnavailable("The kernel in the sandbox didn't start.")
        return fake(content, unit, suite)

    monkeypatch.setattr(grader.engine, "examine", examine)
    [(_, report)] = examine_all([Submission("ada", b"1")], unit, SUITE, isolation="cold")
    assert len(tries) == 2 and all(one.concern != "fault" for one in report.incidents)


def test_a_fault_of_ours_is_a_persons_case_and_is_tried_again_next_time(course, fake):
    hand_in(course, {"ada": RIGHT, "ben": f"{RIGHT}\n# broken"})
    fake.broken = (b"# broken",)
    graded = grade(course)
    assert {v.status for v in graded["ben"].verdicts} == {Status.NEEDS_PERSON}
    assert "ben" in json.loads(grades_json(graded))["summary"]["needs_person"]
    fake.broken = ()
    assert set(grade(course)) == {"ben"}


def test_a_report_of_something_else_is_refused(fake, monkeypatch, unit):
    for change in (
        {"submission_digest": "another"},
        {"unit": "another"},
        {"verdicts": ()},
    ):
        monkeypatch.setattr(
            grader.engine,
            "examine",
            lambda content, unit, suite, *, change=change, **options: replace(
                fake(content, unit, suite), **change
            ),
        )
        [(_, report)] = examine_all([Submission("ada", b"1")], unit, SUITE, isolation="cold")
        assert "not examined" in {one.kind for one in report.incidents}
        assert report.unit == UNIT and report.points == 0


# --- again -----------------------------------------------------------------------------------


def test_unchanged_work_is_not_examined_again_unless_forced(course, fake):
    hand_in(course, class_of(5))
    first = grade(course)
    before = everything(course)
    again = grade(course)
    assert fake.calls == 5
    assert not again.outcomes and again.everyone == first.everyone
    assert everything(course) == before
    hand_in(course, {"learner-003": RIGHT})
    assert set(grade(course)) == {"learner-003"}
    grade(course, force=True, students=["learner-001"])
    assert fake.calls == 7


def test_what_lay_beside_a_submission_is_told_as_long_as_that_is_graded(course, fake, caplog):
    def kinds():
        [row] = grade(course, force=True).outcomes.values()
        return {one.kind for one in row.incidents} & {"stray file", "planted configuration"}

    hand_in(course, {"ada": RIGHT})
    folder = course.workspace.submitted / "ada" / UNIT
    (folder / "notes.txt").write_text("mine")
    assert kinds() == kinds() == {"stray file"}
    assert not grade(course).outcomes and not caplog.text
    (folder / "nbgrader_config.py").write_text("c = get_config()")
    assert not grade(course).outcomes  # the report stands, so the log tells what came behind it
    assert "ada: it held configuration" in caplog.text
    assert kinds() == {"planted configuration"}
    hand_in(course, {"ada": WRONG})
    assert kinds() == set()


def test_another_suite_or_unit_is_another_examination(unit):
    key = examination_key(b"1", unit, SUITE)
    assert key == examination_key(b"1", unit, replace(SUITE))
    others = {
        examination_key(b"2", unit, SUITE),
        examination_key(b"1", unit, replace(SUITE, question_seed=8)),
        examination_key(b"1", replace(unit, cells=unit.cells[1:]), SUITE),
    }
    assert len(others | {key}) == 4


def test_the_cap_on_submissions_leaves_the_earlier_grade(course, fake):
    hand_in(course, {"ada": WRONG})
    first = grade(course, attempts=1)["ada"]
    assert "too many attempts" not in {one.kind for one in first.incidents}
    hand_in(course, {"ada": RIGHT})
    graded = grade(course, attempts=1)
    assert fake.calls == 1
    assert "too many attempts" in {one.kind for one in graded["ada"].incidents}
    assert "ada" in json.loads(grades_json(graded))["summary"]["trouble"]


# --- killed, stopped, hindered ---------------------------------------------------------------


def in_a_child(course, **options):
    """Grade in a fork, which has imported everything; the caller may kill it."""
    grader.journal.examination_key(b"", unit_of(course), SUITE)  # the grader's own digest, once
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setsid()
            grade(course, **options)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def ended_well(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def killed(course, after, **options):
    """Grade, and kill it after a while; return whether it was killed rather than done."""
    pid = in_a_child(course, **options)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    return not ended_well(pid)


def hand_in_with_strays(course):
    """Hand in a class's work; beside some of it lies what is swept away, and must be told."""
    hand_in(course, class_of(40))
    for number in (0, 20, 39):
        folder = course.workspace.submitted / f"learner-{number:03}" / UNIT
        (folder / "deep").mkdir()
        (folder / "deep" / "notes.txt").write_text("mine")
        (folder / "deep" / "more.txt").write_text("mine")
        (folder / "nbgrader_config.py").write_text("c = get_config()")
        (folder / "link").symlink_to("/")


def test_killed_at_any_moment_nothing_is_lost_and_nothing_twice(released, fake, tmp_path):
    chance = random.Random(4)
    undisturbed = copy_of(released, tmp_path / "undisturbed")
    hand_in_with_strays(undisturbed)
    begun = time.monotonic()
    assert ended_well(in_a_child(undisturbed))
    longest = time.monotonic() - begun
    expected = everything(undisturbed)
    fake.seconds = longest / 100
    kills = rounds = 0
    while kills < 50:
        rounds += 1
        course = copy_of(released, tmp_path / f"round-{rounds}")
        hand_in_with_strays(course)
        while killed(course, chance.uniform(0, longest)):
            kills += 1
        assert everything(course) == expected
        assert (course.workspace.root / "journal" / f"{UNIT}.jsonl").stat().st_size == 0


def test_killed_behind_real_walls_with_warm_kernels(released, no_models, tmp_path):
    answers = {"ada": RIGHT, "ben": WRONG, "cleo": STUB, "dan": f"{RIGHT}\nraise SystemExit"}
    chance = random.Random(5)
    undisturbed, course = (copy_of(released, tmp_path / name) for name in ("one", "two"))
    for one in (undisturbed, course):
        hand_in(one, answers)
    begun = time.monotonic()
    assert ended_well(in_a_child(undisturbed, isolation="warm"))
    longest = time.monotonic() - begun
    for _ in range(3):
        killed(course, chance.uniform(longest / 3, longest), isolation="warm")
    grade(course, isolation="warm")
    assert everything(course) == everything(undisturbed)
    points = {student: one.points for student, one in grade(course).everyone.items()}
    assert points == {"ada": 2, "ben": 0, "cleo": 0, "dan": 2}


def test_what_a_killed_grader_examined_is_not_examined_again(course, fake, unit):
    hand_in(course, class_of(3))
    path = course.workspace.submitted / "learner-001" / UNIT / f"{UNIT}.ipynb"
    content = path.read_bytes()
    report = fake_report(content, unit)
    with Journal(course.workspace.root / "journal" / f"{UNIT}.jsonl") as journal:
        key = examination_key(content, unit_of(course), SUITE)
        journal.add(Entry("learner-001", key, False, report))
        journal.add(Entry("learner-002", key, False, report))  # of another submission
        journal.add(Entry("gone", key, False, report))
    assert set(grade(course)) == {"learner-000", "learner-001", "learner-002"}
    assert fake.calls == 2


def unit_of(course):
    with grader.grading.open_gradebook(course.workspace.gradebook_url) as gradebook:
        return grader.grading.load_unit(gradebook, UNIT)


def test_ctrl_c_finishes_what_is_at_work_and_says_how_to_go_on(course, fake, capsys):
    hand_in(course, class_of(30))
    fake.seconds = 0.05
    threading.Timer(0.6, lambda: signal.raise_signal(signal.SIGINT)).start()
    graded = grade(course, workers=1)
    assert graded.left and graded.outcomes
    assert "Ctrl-C again" in capsys.readouterr().err
    assert "run the same command again" in grades_table(graded)
    again = grade(course)
    assert set(again) == set(graded.left) and not again.left
    assert fake.calls == 30


def test_two_graders_of_one_unit_refuse_each_other(course, fake):
    hand_in(course, class_of(1))
    with (
        Journal(course.workspace.root / "journal" / f"{UNIT}.jsonl"),
        pytest.raises(GraderError, match="Another grader is at work on 01_tiny"),
    ):
        grade(course)


def test_a_journal_that_cannot_be_written_costs_no_grade_and_is_told(course, fake):
    hand_in(course, class_of(2))
    (course.workspace.root / "journal").write_text("in the way")
    graded = grade(course)
    assert len(graded) == 2 and not grade(course).outcomes
    assert "The journal" in grades_table(graded)


# --- what is told ----------------------------------------------------------------------------


def test_every_kind_of_incident_has_its_concern():
    """Whoever adds a kind decides what an instructor should make of it."""
    kinds = set()
    for path in Path(grader.__path__[0]).rglob("*.py"):
        kinds |= {
            node.args[0].value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith("Incident")
            and node.args
            and isinstance(node.args[0], ast.Constant)
        }
    assert "changed cell" in kinds
    assert kinds <= set(CONCERNS)


def test_large_classes_have_a_row_a_learner(course, fake):
    hand_in(course, class_of(12))
    text = grades_table(grade(course))
    assert sum(line.startswith("learner-0") for line in text.splitlines()) == 12
    assert "12 examined, 0 unchanged" in text

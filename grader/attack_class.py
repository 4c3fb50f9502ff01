"""Grade a class of attackers and honest neighbours, and judge what each attack came to."""

from __future__ import annotations

import ctypes
import io
import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

from grader.attack_ground import Ground
from grader.attacks import MANUAL, NOTEBOOK, SOLVED, UNIT, UNSOLVED, Aftermath, Attack
from grader.exporting import SafeCsvExport
from grader.gradebook import open_gradebook
from grader.grading import grade_unit, write_feedback
from grader.report import Outcome, Report
from grader.sandbox import Limits
from grader.sandbox.zygote import Isolation
from grader.tables import grades_json, grades_table

PATIENT = Limits(memory=1 * 2**30, cell_seconds=60, notebook_seconds=180, tmp=64 * 2**20)
"""For what ends by itself, on a busy machine too."""
QUICK = replace(
    PATIENT, cell_seconds=4.0, notebook_seconds=20.0, answer_seconds=4.0, grace_seconds=1.5
)
"""For what never ends by itself."""
QUICK_WHEN_COLD = replace(QUICK, cell_seconds=15.0, notebook_seconds=60.0)
"""A cold kernel's imports alone may take longer."""
BESIDE = "neighbour-beside"
"""An honest learner among the endless ones."""

FULL = {SOLVED: 2.0, UNSOLVED: 2.0, MANUAL: None}
HALF = {SOLVED: 2.0, UNSOLVED: 0.0, MANUAL: None}
NONE = {SOLVED: 0.0, UNSOLVED: 0.0, MANUAL: 0.0}
DESERVED: Mapping[str, Mapping[str, float | None]] = {
    "neighbour-full": FULL,
    "neighbour-half": HALF,
    "neighbour-none": NONE,
    BESIDE: FULL,
}
KEPT_APART = frozenset({"source_cell", "student"})
"""Tables of the gradebook that rightly hold hidden tests and what is known of a learner."""
SET_CHILD_SUBREAPER = 36
"""prctl(2): orphans among our descendants become our own children instead of init's."""


@dataclass(frozen=True)
class Result:
    """How an attack ended against our engine."""

    attack: Attack
    points: float
    told: tuple[str, ...]
    """Kinds of incidents that the instructor reads."""
    fell: tuple[str, ...]
    """What it achieved, in words; nothing if all held."""

    @property
    def held(self) -> bool:
        """Whether it achieved nothing."""
        return not self.fell


@dataclass(frozen=True)
class Campaign:
    """How a class of attackers and neighbours came out."""

    results: tuple[Result, ...]
    fell: tuple[str, ...]
    """What went wrong with the class as a whole: a neighbour's grade, a secret in a log."""
    seconds: float


def attack_class(
    ground: Ground,
    attacks: Sequence[Attack],
    isolation: Isolation,
    *,
    workers: int = 2,
    progress: bool = False,
) -> Campaign:
    """Hand the attacks in among honest neighbours, grade the class, and judge.

    Args:
        ground: A course under attack; each may be used for one class.
        attacks: The attacks, one learner each.
        isolation: "warm" or "cold".
        workers: Submissions at a time.
        progress: Whether to show a progress bar.

    Raises:
        GraderError: the batch itself was refused, which no submission may bring about.
    """
    begun = time.monotonic()
    base, prizes = ground.base, ground.base.prizes
    endless = [attack for attack in attacks if attack.endless]
    others = [attack for attack in attacks if not attack.endless]
    # A cold kernel's imports alone may take longer than the endless ones are given.
    beside = {BESIDE: base.full} if endless and isolation == "warm" else {}
    before = _descendants()
    reports: dict[str, Outcome] = {}
    tables = ""
    with _logged() as log, _adopting_orphans():
        # What came first is not examined again: its grades stand.
        for some, works, limits in (
            (endless, beside, QUICK if isolation == "warm" else QUICK_WHEN_COLD),
            (others, ground.neighbours, PATIENT),
        ):
            for student, work in works.items():
                hand_in(ground, student, work.as_files())
            for attack in some:
                folder = hand_in(ground, attack.learner, attack.make(base))
                if attack.plant:
                    attack.plant(folder, prizes)
            if some or works:
                graded = grade_unit(
                    ground.course,
                    UNIT,
                    workers=workers,
                    isolation=isolation,
                    limits=limits,
                    progress=progress,
                )
                reports |= graded
                tables += grades_table(graded) + grades_json(graded)
        write_feedback(ground.course, UNIT)
        left = _descendants() - before
    artefacts = _artefacts(ground) | {"log": log.getvalue().encode(), "tables": tables.encode()}
    found = _prizes_in(ground, artefacts)
    results = tuple(
        _judge(ground, attack, reports.get(attack.learner), artefacts, found) for attack in attacks
    )
    fell = [words for name, words in found if not name.startswith(("autograded/", "feedback/"))]
    fell += [
        f"{student}: {words}"
        for student in (*ground.neighbours, *beside)
        for words in _wronged(student, reports, found)
    ]
    if left:
        fell.append(f"{len(left)} processes run on")
    return Campaign(results, tuple(fell), time.monotonic() - begun)


def hand_in(ground: Ground, student: str, files: Mapping[str, bytes]) -> Path:
    """Write a submission's files and return its folder."""
    folder = ground.course.workspace.submitted / student / UNIT
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def _judge(
    ground: Ground,
    attack: Attack,
    report: Outcome | None,
    artefacts: Mapping[str, bytes],
    found: Sequence[tuple[str, str]],
) -> Result:
    """Say what an attack achieved."""
    student = attack.learner
    if attack.refused:
        # As a log writes it, so that a name acts on no terminal.
        known = report is not None or ascii(student)[1:-1] not in artefacts["log"].decode()
        return Result(attack, 0.0, ("log",), ("it is not set aside",) if known else ())
    if report is None:
        return Result(attack, 0.0, (), ("it has no report",))
    points, manual, row = _grades(ground, student)
    fell = [words for name, words in found if _is_of(name, student)]
    if manual:
        fell.append("a grade stands in a person's name")
    allowed = FULL if attack.honest else HALF
    for grade_id, most in allowed.items():
        got = points.get(grade_id)
        if attack.honest or (attack.keeps and grade_id == SOLVED):
            if got != most:
                fell.append(f"{grade_id}: {_words(got)}, deserved {_words(most)}")
        elif got is not None and got > (most or 0.0):
            fell.append(f"{grade_id}: {got:g} points, deserved {_words(most)}")
    if {verdict.grade_id: verdict.points for verdict in report.verdicts} != {
        f"{name}_check" if name != MANUAL else name: value for name, value in points.items()
    }:
        fell.append("the gradebook's points are not the report's")
    told = tuple(sorted({incident.kind for incident in report.incidents}))
    if attack.told and not set(attack.told) & set(told):
        fell.append(f"nobody was told ({' or '.join(attack.told)})")
    for name in ("autograded", "feedback"):
        if not any(label.startswith(f"{name}/{student}/") for label in artefacts):
            fell.append(f"there is no {name} notebook")
    if attack.also:
        shown = {label: data for label, data in artefacts.items() if _is_of(label, student)}
        if words := attack.also(Aftermath(_with_notebook(report, shown), shown, row)):
            fell.append(words)
    return Result(attack, report.points, told, tuple(fell))


def _with_notebook(outcome: Outcome, shown: Mapping[str, bytes]) -> Report:
    """Return an outcome together with the graded notebook, as it was written."""
    content = next((data for name, data in shown.items() if name.endswith(NOTEBOOK)), b"{}")
    fields = {name: getattr(outcome, name) for name in outcome.__dataclass_fields__}
    return Report(**fields, notebook=nbformat.reads(content.decode(), as_version=4))


def _wronged(
    student: str, reports: Mapping[str, Outcome], found: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """Say where a neighbour got anything but what is deserved, or was shown a secret."""
    yield from (words for name, words in found if _is_of(name, student))
    report = reports.get(student)
    if report is None:
        yield "has no report"
        return
    got = {verdict.grade_id.removesuffix("_check"): verdict.points for verdict in report.verdicts}
    if got != DESERVED[student]:
        yield f"got {got}, deserved {dict(DESERVED[student])}"
    if report.incidents:
        yield f"is told of: {', '.join(incident.kind for incident in report.incidents)}"


def _grades(ground: Ground, student: str) -> tuple[dict[str, float | None], bool, dict[str, Any]]:
    """Return points by answer, whether a person's grade is set, and the submission's row."""
    with open_gradebook(ground.course.workspace.gradebook_url) as gradebook:
        submission: Any = gradebook.find_submission(UNIT, student)
        [notebook] = submission.notebooks
        points = {grade.name.removesuffix("_check"): grade.auto_score for grade in notebook.grades}
        manual = any(
            grade.manual_score is not None or grade.extra_credit for grade in notebook.grades
        )
        row = {column.name: getattr(submission, column.name) for column in submission.__table__.c}
    return points, manual, row


def _artefacts(ground: Ground) -> dict[str, bytes]:
    """Return all that grading wrote, by name: files, rows, exports."""
    workspace = ground.course.workspace
    # What came in is not what grading wrote, wherever it lies.
    private = (workspace.secret, *workspace.suites, workspace.submitted, workspace.quarantine)
    found: dict[str, bytes] = {}
    for path in workspace.root.rglob("*"):
        inside = any(path == folder or path.is_relative_to(folder) for folder in private)
        if path.is_file() and not inside and not path.name.startswith("gradebook.db"):
            found[str(path.relative_to(workspace.root))] = path.read_bytes()
    with closing(sqlite3.connect(workspace.root / "gradebook.db")) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            if name not in KEPT_APART:
                rows = database.execute(f'SELECT * FROM "{name}"').fetchall()
                found[f"gradebook/{name}"] = repr(rows).encode()
    export = workspace.root / "grades.csv"
    with open_gradebook(workspace.gradebook_url) as gradebook:
        SafeCsvExport(to=str(export)).export(gradebook)
    found["exports/grades.csv"] = export.read_bytes()
    return found


def _prizes_in(ground: Ground, artefacts: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Return each artefact's name in which a planted text shows, and words for it."""
    found = []
    for canary in ground.canaries:
        for name, data in artefacts.items():
            if not name.startswith(canary.homes or "\0") and any(
                form in data for form in canary.forms()
            ):
                found.append((name, f"{canary.where} shows in {name}"))
    return found


def _is_of(name: str, student: str) -> bool:
    return name.startswith((f"autograded/{student}/", f"feedback/{student}/"))


def _words(points: float | None) -> str:
    return "a person's judgement" if points is None else f"{points:g} points"


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    """Collect what any part of the grader logs."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    try:
        yield stream
    finally:
        logging.getLogger().removeHandler(handler)


@contextmanager
def _adopting_orphans() -> Iterator[None]:
    """Keep what a sandbox leaves behind among our own descendants, where it can be seen."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _descendants() -> frozenset[int]:
    """Return the processes below this one that run; what only waits to be reaped is dead."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            children.setdefault(int(parent), []).append(int(folder.name))
    found: set[int] = set()
    waiting = [os.getpid()]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            found.add(child)
            waiting.append(child)
    return frozenset(found)

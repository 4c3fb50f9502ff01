"""`examine`: run a submission behind walls, put hidden questions to it, and judge the answers.

Free of databases and of nbgrader. The learner's process returns data; verdicts are reached here.
"""

from __future__ import annotations

import html
import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from nbformat import NotebookNode
from nbformat.v4 import new_output

from grader.probes import PROBES
from grader.probes.base import Judgement, Probe, Question, shuffled_questions, wrong
from grader.report import (
    NO_VALUE,
    Incident,
    Report,
    Status,
    Verdict,
    commonest_mistake,
    in_words,
    score,
    tallied,
)
from grader.sandbox import Answer, Asked, CellResult, Limits, Sandbox, Walls, encoded
from grader.submission import Rebuilt, digest_of, rebuild
from grader.suite import Suite
from grader.unit import Unit, UnitCell

if TYPE_CHECKING:
    from grader.sandbox.zygote import Zygote

log = logging.getLogger(__name__)

MAX_RESTARTS = 6
"""How often a submission whose kernel was lost is run again without what lost it."""
MAX_RESTART_SECONDS = 900.0
"""After so long no further run is begun."""
MAX_QUESTION_SECONDS = 300.0
"""How long all of a submission's answers may take together."""

# After these, further questions would only cost time: the rest count as wrong for the same reason.
GIVES_UP = frozenset({"silent", "timeout", "died", "stub", "not handed in"})
# What can end a cell before its time, in words for the instructor.
CELL_TROUBLE = {
    "timeout": "it ran longer than allowed and was stopped",
    "died": "the kernel died while it ran; the notebook was run again without it",
    "silent": "the kernel never said how it ended",
    "flood": "it printed more than allowed and was stopped",
    "no time": "the notebook's time was up before its turn",
}
SIGNS = {
    Status.RIGHT: "✓",
    Status.PARTLY: "◐",
    Status.WRONG: "✗",
    Status.NOT_ATTEMPTED: "·",
    Status.NEEDS_PERSON: "…",
}


class Box(Protocol):
    """What a submission is run in: a `Sandbox`, or what does as one."""

    @property
    def alive(self) -> bool:
        """Whether it can still be used."""
        ...

    def run_cell(self, source: str) -> CellResult:
        """Run a cell and freeze what it shows."""
        ...

    def hang(self, pictures: Mapping[str, bytes]) -> None:
        """Spare the notebook what it would draw like another did."""
        ...

    def keep(self, grade_id: str, check_name: str) -> None:
        """Keep what the graded cell that just ran handed in."""
        ...

    def ask_encoded(self, grade_id: str, question: Asked, seconds: float | None = None) -> Answer:
        """Call what was kept for a graded cell, and return what comes back."""
        ...


def examine(
    submission: bytes,
    unit: Unit,
    suite: Suite,
    *,
    limits: Limits | None = None,
    walls: Walls | None = None,
    zygote: Zygote | None = None,
    pictures: Mapping[str, bytes] | None = None,
    open_box: Callable[[], AbstractContextManager[Box]] | None = None,
) -> Report:
    """Grade one submission of a unit on a hidden suite.

    Never raises for anything that the submission holds or does. With a zygote its kernel is forked,
    not started anew; with `pictures.pictures_of` the solution it draws what is new only. By default
    it runs in a `Sandbox`; ``open_box`` opens something else, for a run whose owner needs no walls.

    Raises:
        SandboxUnavailable: the walls can't be built on this machine.
    """
    examination = _Examination(unit, suite, rebuild(submission, unit))
    begun = time.monotonic()
    for restarts in range(MAX_RESTARTS + 1):
        if restarts and time.monotonic() - begun > MAX_RESTART_SECONDS:
            break
        opened = open_box() if open_box else Sandbox(limits or Limits(), walls or Walls(), zygote)
        with opened as box:
            if pictures:
                box.hang(pictures)
            if examination.run_cells(box) and examination.ask_probes(box):
                break
    verdicts = tuple(examination.verdict(cell) for cell in unit.graded)
    return Report(
        unit=unit.name,
        submission_digest=digest_of(submission),
        notebook=_with_verdicts(examination.rebuilt.notebook, verdicts),
        verdicts=verdicts,
        incidents=(*examination.rebuilt.incidents, *examination.incidents),
    )


def for_a_person(submission: bytes, unit: Unit, why: Incident) -> Report:
    """Return the report of a submission that isn't examined: a person decides all of it."""
    rebuilt = rebuild(submission, unit)
    return Report(
        unit=unit.name,
        submission_digest=digest_of(submission),
        notebook=rebuilt.notebook,
        verdicts=tuple(
            Verdict(cell.grade_id, Status.NEEDS_PERSON, None, cell.points, "A person will look.")
            for cell in unit.graded
        ),
        incidents=(*rebuilt.incidents, why),
    )


HIDDEN_MODELS = threading.Lock()
"""Held while hidden models are run: submissions are examined in threads that share them, and a hook
that one thread hangs on a model would be felt by another's run of it."""


def prepare(unit: Unit, suite: Suite) -> None:
    """Make a unit's questions before the first submission needs them."""
    for cell in unit.auto_graded:
        _encoded_questions(PROBES[cell.check], suite)


def _questions(probe: Probe, suite: Suite) -> tuple[Question, ...]:
    """Return a probe's questions, made once per suite; their right answers are the costly part."""
    with HIDDEN_MODELS:
        return _made_questions(probe, suite)


def _encoded_questions(probe: Probe, suite: Suite) -> tuple[Asked, ...]:
    """Return the arguments of a probe's questions as they travel, written once per suite."""
    with HIDDEN_MODELS:
        return _written_questions(probe, suite)


@lru_cache(maxsize=256)
def _made_questions(probe: Probe, suite: Suite) -> tuple[Question, ...]:
    return tuple(shuffled_questions(probe, suite))


@lru_cache(maxsize=256)
def _written_questions(probe: Probe, suite: Suite) -> tuple[Asked, ...]:
    return tuple(encoded(question.args) for question in _made_questions(probe, suite))


@dataclass
class _Examination:
    """The state of one examination: what was judged so far, and what lost the kernel."""

    unit: Unit
    suite: Suite
    rebuilt: Rebuilt
    incidents: list[Incident] = field(default_factory=list)
    judged: dict[str, list[tuple[str, Judgement]]] = field(default_factory=dict)
    unjudgeable: set[str] = field(default_factory=set)
    not_attempted: set[str] = field(default_factory=set)
    fatal_cells: set[int] = field(default_factory=set)
    question_seconds: float = 0.0

    def run_cells(self, box: Box) -> bool:
        """Run the notebook's code cells and freeze their outputs; False if the kernel was lost."""
        graded = {cell.grade_id: cell for cell in self.unit.auto_graded}
        count = 0
        for index, cell in enumerate(self.rebuilt.notebook.cells):
            if cell.cell_type != "code" or index in self.fatal_cells:
                continue
            result = box.run_cell(cell.source)
            count += 1
            cell.execution_count, cell.outputs = count, _numbered(result.outputs, count)
            if result.status in CELL_TROUBLE:
                self._tell(f"cell {result.status}", CELL_TROUBLE[result.status], cell.id)
            if box.alive and cell.id in graded:
                box.keep(cell.id, graded[cell.id].check)
            if not box.alive:
                self.fatal_cells.add(index)
                return False
        return True

    def ask_probes(self, box: Box) -> bool:
        """Ask what has not been judged yet; False if the kernel was lost on the way."""
        for cell in self.unit.auto_graded:
            if cell.grade_id in self.judged or cell.grade_id in self.unjudgeable:
                continue
            try:
                self._ask(box, cell)
            except Exception:
                # A fault of ours, not of the learner's: a person decides.
                log.exception("The probe of %s failed", cell.grade_id)
                self.unjudgeable.add(cell.grade_id)
                self._tell("probe failed", "its probe failed; please grade by hand", cell.grade_id)
            if not box.alive:
                return False
        return True

    def _ask(self, box: Box, cell: UnitCell) -> None:
        probe = PROBES[cell.check]
        judged: list[tuple[str, Judgement]] = []
        given_up: str | None = None
        texts = _encoded_questions(probe, self.suite)
        for question, text in zip(_questions(probe, self.suite), texts, strict=True):
            if given_up is None and self.question_seconds > MAX_QUESTION_SECONDS:
                given_up = NO_VALUE["timeout"]
            if given_up is not None:
                judged.append((question.group, wrong(given_up)))
                continue
            begun = time.monotonic()
            answer = box.ask_encoded(cell.grade_id, text, probe.seconds_per_question)
            self.question_seconds += time.monotonic() - begun
            if answer.status == "answered":
                with HIDDEN_MODELS:
                    judgement = probe.judge(question, answer.value)
                judged.append((question.group, judgement))
                continue
            mistake = NO_VALUE[answer.status]
            if answer.status in GIVES_UP:
                given_up = mistake
            if answer.status in ("stub", "not handed in") and not judged:
                self.not_attempted.add(cell.grade_id)
            if answer.status in ("timeout", "died"):
                self._tell(f"answer {answer.status}", mistake, cell.grade_id)
            judged.append((question.group, wrong(mistake)))
        self.judged[cell.grade_id] = judged

    def verdict(self, cell: UnitCell) -> Verdict:
        """Say how a graded cell ended."""

        def make(status: Status, points: float | None, words: str) -> Verdict:
            return Verdict(cell.grade_id, status, points, cell.points, words)

        if cell.is_manually_graded:
            if cell.grade_id in self.rebuilt.answered:
                return make(Status.NEEDS_PERSON, None, "Your teacher reads this one.")
            return make(Status.NOT_ATTEMPTED, 0.0, "No answer was written.")
        if cell.grade_id in self.unjudgeable:
            return make(Status.NEEDS_PERSON, None, "This could not be judged; a person will look.")
        judged = self.judged.get(cell.grade_id)
        if judged is None:
            return make(Status.WRONG, 0.0, "The kernel died before this could be judged.")
        if cell.grade_id in self.not_attempted:
            reason = judged[0][1].mistake
            verdict = make(Status.NOT_ATTEMPTED, 0.0, f"Not attempted: {reason}.")
            return replace(verdict, mistake=reason)
        fraction = score(judged, partial_credit=PROBES[cell.check].partial_credit)
        status = Status.RIGHT if fraction == 1 else Status.WRONG if fraction == 0 else Status.PARTLY
        verdict = make(status, round(fraction * cell.points, 2), in_words(judged))
        return replace(verdict, tallies=tallied(judged), mistake=commonest_mistake(judged))

    def _tell(self, kind: str, words: str, grade_id: str | None) -> None:
        incident = Incident(kind, words, grade_id)
        if incident not in self.incidents:
            self.incidents.append(incident)


def _numbered(outputs: list[NotebookNode], count: int) -> list[NotebookNode]:
    for output in outputs:
        if output.output_type == "execute_result":
            output.execution_count = count
    return outputs


def _with_verdicts(notebook: NotebookNode, verdicts: tuple[Verdict, ...]) -> NotebookNode:
    """Write each verdict behind the learner's frozen outputs of its graded code cell."""
    by_id = {verdict.grade_id: verdict for verdict in verdicts}
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.id in by_id:
            cell.outputs = [*cell.outputs, _verdict_output(by_id[cell.id])]
    return notebook


def _verdict_output(verdict: Verdict) -> NotebookNode:
    points = "to be graded" if verdict.points is None else f"{verdict.points:g}"
    line = f"{SIGNS[verdict.status]} Hidden questions: {verdict.status.value}"
    score_text = f"{points} of {verdict.max_points:g} points"
    return new_output(
        "display_data",
        data={
            "text/plain": f"{line} ({score_text}). {verdict.words}",
            "text/html": (
                f"<p><strong>{html.escape(line)}</strong> ({html.escape(score_text)}).<br>"
                f"{html.escape(verdict.words)}</p>"
            ),
        },
    )

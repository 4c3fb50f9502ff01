"""A feedback page: what was found of a submission, as its learner reads it.

Free of databases: a class's pages are filled from the gradebook by `grader.feedback_step`, and a
page of practice from its report alone by `feedback_html`. Both go through one template, which
prints what is here; what came from people is cleaned or escaped on its way
(`grader.safe_html`).
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from grader.advice import ADVICE, Kind, fitting_hint, kind_of
from grader.colab import FIRST_CELL
from grader.guide import Exercise, guide_to
from grader.report import Incident, Outcome, Report, Status, Tally, Verdict
from grader.safe_html import TEMPLATES, safe_markdown, typed_text
from grader.unit import nbgrader_metadata

TEMPLATE = "feedback"
RESOURCE = "feedback"
"""Under this name the template finds the `Feedback`."""
MOST_STEPS = 3
WIDE = 40
"""Characters of code that a phone shows in one line."""

LABELS = {
    Status.RIGHT: ("✓", "held"),
    Status.PARTLY: ("◐", "partly"),
    Status.WRONG: ("✗", "not yet"),
    Status.NOT_ATTEMPTED: ("·", "not attempted"),
    Status.NEEDS_PERSON: ("…", "with your teacher"),
}
PASSED, FAILED = "✓", "✗"
"""How the output of a public check begins."""

PRACTICE = (
    "**This is practice, not a grade.** A few hidden models, made for you on this machine, were "
    "put to your answers. A class meets more, so a pass here isn't a promise; but what "
    "fails here is worth a look."
)
# What happened to a submission as a whole, for its learner; what isn't here is the instructor's.
HAPPENED = {
    "unreadable": "The file could not be read as a notebook. Open it in Jupyter, save it and hand "
    "it in again.",
    "no notebook": "There was no notebook in what you handed in.",
    "unreadable cell": "Some cells could not be read, and were left out.",
    "too many cells": "The notebook has very many cells; only the first ones were read.",
    "missing cell": "{n} of the unit's own cells {were} missing and {were} put back.",
    "changed cell": "{n} of the unit's own cells {were} changed and {were} put back as released. "
    "Experiments are welcome, in cells of your own.",
    "changed order": "The unit's cells stood in another order; theirs was restored.",
    "cell twice": "{n} cells were there twice; their first copies counted.",
    "cell timeout": "{n} {cells} ran longer than allowed and {were} stopped.",
    "cell died": "The kernel died in {n} {cells}; the notebook was run again without.",
    "cell flood": "{n} {cells} printed more than allowed and {were} stopped.",
    "cell no time": "The time for the whole notebook was up before {n} {cells} could run.",
    "not examined": "Something went wrong on our side; a person will look at your work.",
    "probe failed": "Something went wrong on our side; a person will look at your work.",
}


@dataclass(frozen=True)
class Mark:
    """What the gradebook holds of a graded cell beside the verdict."""

    points: float | None
    """None while a person must still grade."""
    by_hand: bool = False
    """Whether the points are a person's."""
    comment: str = ""
    """What a person wrote, in Markdown."""


@dataclass(frozen=True, kw_only=True)
class HandedIn:
    """When and how often something was handed in."""

    receipt: str
    """The notebook's SHA-256, as `glasslab submit` shows it."""
    received: datetime | None = None
    """UTC, without a zone."""
    seconds_late: float | None = None
    """None without a due date."""
    attempt: int = 1
    attempts: int | None = None
    """How many are graded at most in this class; a teacher may let one learner have more."""

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Return what there is to say, as names and values."""
        lines = []
        if self.received is not None:
            lines.append(("Handed in", f"{self.received:%Y-%m-%d %H:%M} UTC{self._late()}"))
        of = self.attempts is not None and self.attempt <= self.attempts
        most = f" of {self.attempts}" if of else ""
        lines.append(("Attempt", f"{self.attempt}{most}"))
        spoken = " ".join(self.receipt[i : i + 4] for i in range(0, 16, 4))
        lines.append(("Receipt", f"{spoken} …"))
        return tuple(lines)

    def _late(self) -> str:
        if self.seconds_late is None:
            return ""
        if self.seconds_late <= 0:
            return ", in time"
        minutes = max(1, round(self.seconds_late / 60))
        days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
        parts = ((days, "d"), (hours, "h"), (minutes, "min"))
        return ", " + " ".join(f"{n} {unit}" for n, unit in parts if n) + " late"


@dataclass(frozen=True)
class Question:
    """One graded cell on the page. ``title``, ``hint`` and ``comment`` are clean HTML."""

    grade_id: str
    answer_id: str
    """The cell that holds the answer."""
    title: str
    status: Status
    kind: Kind
    points: float | None
    max_points: float
    words: str
    mistake: str
    tallies: tuple[Tally, ...]
    hint: str
    hint_name: str
    comment: str
    by_hand: bool
    check: str
    """The sign of its public check, ✓ or ✗, if it printed one: the learner's own word."""

    @property
    def sign(self) -> str:
        """A character for the status."""
        return LABELS[self.status][0]

    @property
    def label(self) -> str:
        """A word or two for the status."""
        return LABELS[self.status][1]

    @property
    def advice(self) -> str:
        """What to do about it; empty where nothing is to be done."""
        advice = ADVICE.get(self.kind, "")
        if advice and self.check == FAILED and self.kind not in (Kind.NOT_ATTEMPTED, Kind.FOOLED):
            return f"Its check in the notebook says ✗, and why: begin there. {advice}"
        return advice

    @property
    def short_advice(self) -> str:
        """The first sentence of it, or the mistake itself where that says more."""
        if self.kind is Kind.RECOGNISED:
            return f"Where it was wrong: {self.mistake}."
        return re.split(r"(?<=[.!?]) ", self.advice, maxsplit=1)[0]

    @property
    def points_text(self) -> str:
        """Points of points, as one reads them."""
        reached = "–" if self.points is None else f"{self.points:g}"
        return f"{reached} of {self.max_points:g}"


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """All that a page says above the notebook."""

    title: str
    """Clean HTML."""
    questions: tuple[Question, ...]
    stood_out: tuple[str, ...]
    """Sentences, as clean HTML."""
    penalty: float = 0.0
    handed_in: HandedIn | None = None
    practice: bool = False
    about: str = ""
    """What a practice is, as clean HTML."""

    @property
    def plain_title(self) -> str:
        """The title without tags, as HTML text."""
        return re.sub(r"<[^>]*>", "", self.title)

    @property
    def points(self) -> float:
        """Points reached so far, less what being late costs."""
        return max(0.0, sum(one.points or 0.0 for one in self.questions) - self.penalty)

    @property
    def max_points(self) -> float:
        """Points that could be reached."""
        return sum(one.max_points for one in self.questions)

    @property
    def share(self) -> float:
        """Points reached, from 0 to 100; extra credit doesn't show."""
        return min(100.0, 100 * self.points / self.max_points) if self.max_points else 0.0

    @property
    def next_steps(self) -> tuple[Question, ...]:
        """The questions to take up first: what nearly held, then what was tried, then the rest."""
        order = {Status.PARTLY: 0, Status.WRONG: 1, Status.NOT_ATTEMPTED: 2}
        to_do = [one for one in self.questions if one.status in order]
        return tuple(sorted(to_do, key=lambda one: order[one.status])[:MOST_STEPS])

    @property
    def by_id(self) -> Mapping[str, Question]:
        """The questions by name of their graded cell."""
        return {one.grade_id: one for one in self.questions}


def feedback_on(
    notebook: NotebookNode,
    outcome: Outcome,
    *,
    guide: NotebookNode | None = None,
    marks: Mapping[str, Mark] | None = None,
    penalty: float = 0.0,
    handed_in: HandedIn | None = None,
    practice: bool = False,
    about: str = PRACTICE,
) -> Feedback:
    """Put together what a feedback page says.

    Args:
        notebook: The rebuilt notebook with its frozen outputs.
        outcome: What the examination found.
        guide: The unit as it was released or its source, for titles and hints; without it the
            submission's own prose counts.
        marks: What the gradebook holds, by ``grade_id``; without it the verdicts' points count.
        penalty: Points that being late costs.
        handed_in: When it was handed in, if that is to be told.
        practice: Whether this is an exam of one's own, that counts for nothing.
        about: In Markdown, what such a practice is.
    """
    prose = guide_to(guide or notebook, outcome.unit)
    checks = _public_checks(notebook)
    answers = answers_in(notebook)
    questions = tuple(
        _question(
            verdict,
            (marks or {}).get(verdict.grade_id),
            prose.exercise(verdict.grade_id),
            answer_id=answers.get(verdict.grade_id, verdict.grade_id),
            check=checks.get(verdict.grade_id, ""),
        )
        for verdict in outcome.verdicts
    )
    return Feedback(
        title=inline_markdown(prose.title),
        questions=questions,
        stood_out=_stood_out(questions, outcome.incidents, practice=practice),
        penalty=penalty,
        handed_in=handed_in,
        practice=practice,
        about=safe_markdown(about) if practice else "",
    )


def feedback_html(
    report: Report,
    *,
    guide: NotebookNode | None = None,
    practice: bool = False,
    about: str = PRACTICE,
) -> str:
    """Return the page of a report that is in no gradebook; see `feedback_on`."""
    said = feedback_on(report.notebook, report.outcome, guide=guide, practice=practice, about=about)
    config = Config()
    config.HTMLExporter.template_name = TEMPLATE
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
    config.HTMLExporter.filters = FILTERS
    page, _ = HTMLExporter(config=config).from_notebook_node(report.notebook, {RESOURCE: said})
    return page


def inline_markdown(source: str) -> str:
    """Return one line of Markdown as clean HTML without a paragraph around it."""
    rendered = safe_markdown(source).strip()
    inner = re.fullmatch(r"<p>(.*)</p>", rendered, re.DOTALL)
    return inner[1] if inner and "<p>" not in inner[1] else html.escape(source)


def two_levels_down(cleaned: str) -> str:
    """Lower the headings of clean HTML, to stand below those of the page."""
    return re.sub(
        r"<(/?)h([1-6])>",
        lambda found: f"<{found[1]}h{min(6, int(found[2]) + 2)}>",
        cleaned,
    )


def is_wide(text: str) -> bool:
    """Return whether a phone would have to scroll to show all of a text."""
    return any(len(line) > WIDE for line in text.splitlines())


def may_scroll(cleaned: str) -> bool:
    """Return whether clean HTML holds what doesn't break lines, so that keys must reach it."""
    return "<table" in cleaned or '<math display="block"' in cleaned


def is_given(cell: NotebookNode) -> bool:
    """Return whether a code cell is the unit's own: its setup, or what installs it in Colab."""
    named = nbgrader_metadata(cell.metadata)
    if named is None:
        return cell.source.startswith(FIRST_CELL.split("\n", 1)[0])
    return bool(named.get("locked")) and not named.get("grade")


FILTERS = {
    "markdown2html": safe_markdown,
    "clean_html": typed_text,
    "two_levels_down": two_levels_down,
    "is_wide": is_wide,
    "may_scroll": may_scroll,
    "is_given": is_given,
}
"""Through which all text of people's goes, here and in the formgrader."""


def answers_in(notebook: NotebookNode) -> dict[str, str]:
    """Return the answer cell that each graded cell follows, by name; it may be the same cell."""
    answers, answer = {}, None
    for cell in notebook.cells:
        named = nbgrader_metadata(cell.metadata)
        if named and named.get("solution"):
            answer = named["grade_id"]
        if named and named.get("grade") and answer is not None:
            answers[named["grade_id"]] = answer
    return answers


def _public_checks(notebook: NotebookNode) -> dict[str, str]:
    """Return how the public check of each graded cell ended, by what the frozen outputs show."""
    signs = {}
    for cell in notebook.cells:
        named = nbgrader_metadata(cell.metadata)
        if named and named.get("grade") and cell.cell_type == "code":
            for output in cell.outputs:
                # The verdict that stands behind them is ours.
                if "text/html" not in output.get("data", {}):
                    text = output.get("text") or output.get("data", {}).get("text/plain", "")
                    if text.lstrip()[:1] in (PASSED, FAILED):
                        signs[named["grade_id"]] = text.lstrip()[0]
    return signs


def _question(
    verdict: Verdict,
    mark: Mark | None,
    exercise: Exercise,
    *,
    answer_id: str,
    check: str,
) -> Question:
    status, points = verdict.status, verdict.points
    kind = kind_of(verdict, passed_check=check == PASSED)
    words, tallies = verdict.words, verdict.tallies
    if mark is not None:
        points = mark.points
        if mark.by_hand and points is not None and points != verdict.points:
            # What a person decides stands, whatever the examiner found.
            status = _status_of(points, verdict.max_points)
            kind = Kind.HELD if status is Status.RIGHT else Kind.BY_HAND
            words, tallies = "Graded by your teacher.", ()
    hint, name = _hint(kind, exercise)
    return Question(
        grade_id=verdict.grade_id,
        answer_id=answer_id,
        title=inline_markdown(exercise.title),
        status=status,
        kind=kind,
        points=points,
        max_points=verdict.max_points,
        words=words,
        mistake=verdict.mistake,
        tallies=tallies,
        hint=hint,
        hint_name=name,
        comment=two_levels_down(safe_markdown(mark.comment)) if mark and mark.comment else "",
        by_hand=bool(mark and mark.by_hand),
        check=check,
    )


def _status_of(points: float, max_points: float) -> Status:
    if points >= max_points:
        return Status.RIGHT
    return Status.PARTLY if points > 0 else Status.WRONG


def _hint(kind: Kind, exercise: Exercise) -> tuple[str, str]:
    number = fitting_hint(kind, exercise.hints)
    if number is None:
        return "", ""
    name = f"Hint {number + 1} of {len(exercise.hints)} from the notebook"
    return two_levels_down(safe_markdown(exercise.hints[number])), name


def _stood_out(
    questions: Sequence[Question], incidents: Sequence[Incident], *, practice: bool
) -> tuple[str, ...]:
    said = []
    examined = [one for one in questions if one.tallies]
    held = [one for one in examined if one.status is Status.RIGHT]
    if examined and len(held) == len(examined) and len(examined) > 1:
        said.append(
            f"All {len(examined)} answers that were examined held, on every hidden model and decoy."
        )
    elif held:
        verb = "holds" if len(held) == 1 else "hold"
        said.append(
            f"{len(held)} of {len(examined)} answers that were examined {verb} on everything asked."
        )
    for kind, words in (
        (Kind.FOOLED, "Fooled by decoys only, and so nearly there"),
        (Kind.PUBLIC_ONLY, "Right in the notebook, and on no hidden model"),
        (Kind.RAISED, "Stopped with an error on hidden models"),
        (Kind.TOO_SLOW, "Took too long"),
        (Kind.NOT_REACHED, "Not reached when the notebook was run from top to bottom"),
    ):
        titles = [one.title for one in questions if one.kind is kind]
        if titles:
            said.append(f"{words}: {'; '.join(titles)}.")
    waiting = sum(one.status is Status.NEEDS_PERSON for one in questions)
    if waiting and not practice:
        waits = "1 answer waits" if waiting == 1 else f"{waiting} answers wait"
        said.append(f"{waits} for your teacher; the points aren't counted yet.")
    untried = sum(one.kind is Kind.NOT_ATTEMPTED for one in questions)
    if untried:
        said.append(f"{untried} of {len(questions)} questions not attempted yet.")
    return (*said, *_what_happened(incidents))


def _what_happened(incidents: Sequence[Incident]) -> list[str]:
    said = []
    for kind, n in Counter(incident.kind for incident in incidents).items():
        if kind in HAPPENED:
            words = {"n": n, "were": "was" if n == 1 else "were"}
            words["cells"] = "cell" if n == 1 else "cells"
            said.append(HAPPENED[kind].format(**words))
    return list(dict.fromkeys(said))

"""What an examination found: verdicts, points, frozen outputs, incidents. Plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from nbformat import NotebookNode

from grader.probes.base import Judgement


class Status(Enum):
    """How one graded cell ended."""

    RIGHT = "right"
    PARTLY = "partly right"
    WRONG = "wrong"
    NOT_ATTEMPTED = "not attempted"
    NEEDS_PERSON = "needs a person"


@dataclass(frozen=True)
class Verdict:
    """The outcome of one graded cell."""

    grade_id: str
    status: Status
    points: float | None
    """None where a person must grade."""
    max_points: float
    words: str


@dataclass(frozen=True)
class Incident:
    """Something the instructor should know: a changed locked cell, a killed kernel, a flood."""

    kind: str
    words: str
    grade_id: str | None = None


@dataclass(frozen=True)
class Report:
    """The result of `examine`: everything the gradebook and the feedback are written from."""

    unit: str
    submission_digest: str
    notebook: NotebookNode
    """The rebuilt notebook with the learner's frozen outputs."""
    verdicts: tuple[Verdict, ...]
    incidents: tuple[Incident, ...] = field(default=())

    @property
    def points(self) -> float:
        """Points reached so far, without what a person must still grade."""
        return sum(verdict.points or 0.0 for verdict in self.verdicts)

    @property
    def max_points(self) -> float:
        """Points that could be reached."""
        return sum(verdict.max_points for verdict in self.verdicts)


def score(judged: Sequence[tuple[str, Judgement]], *, partial_credit: bool) -> float:
    """Return the score in 0..1 of judged questions ``(group, judgement)``.

    It is the worst group's fraction right: an answer that ignores its model may be right on every
    reference, where all models agree, and still earns nothing, for it is wrong on the decoys.
    Without partial credit, it is 1 if that fraction is, and else 0. One fatal mistake, and it is 0.
    """
    if any(judgement.fatal for _, judgement in judged):
        return 0.0
    groups = {group for group, _ in judged}
    fractions = []
    for group in groups:
        results = [judgement.right for name, judgement in judged if name == group]
        fractions.append(sum(results) / len(results))
    worst = min(fractions, default=0.0)
    return worst if partial_credit or worst == 1 else 0.0


def in_words(judged: Sequence[tuple[str, Judgement]]) -> str:
    """Say coarsely how judged questions went, group by group, and which mistake was commonest.

    Groups come in an order of their own, whatever was asked first: "hidden ..." leads.
    """
    parts = []
    for group in sorted({name for name, _ in judged}, key=_hidden_first):
        results = [judgement.right for name, judgement in judged if name == group]
        parts.append(f"right on {sum(results)} of {len(results)} {group}")
    fatal = any(judgement.fatal for _, judgement in judged)
    mistakes = Counter(
        judgement.mistake
        for _, judgement in judged
        if not judgement.right and judgement.fatal == fatal
    )
    words = "; ".join(parts)
    words = words[:1].upper() + words[1:] + "."
    if mistakes:
        mistake = mistakes.most_common(1)[0][0]
        words += f" Where it was wrong: {mistake}." if mistake else ""
    return words


def _hidden_first(group: str) -> tuple[bool, str]:
    return not group.startswith("hidden"), group

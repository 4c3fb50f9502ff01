"""What an examination found: verdicts, points, frozen outputs, incidents. Plain data."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode

from grader.errors import GraderError
from grader.probes.base import Judgement


class Status(Enum):
    """How one graded cell ended."""

    RIGHT = "right"
    PARTLY = "partly right"
    WRONG = "wrong"
    NOT_ATTEMPTED = "not attempted"
    NEEDS_PERSON = "needs a person"


@dataclass(frozen=True)
class Tally:
    """How many questions of one group were answered right."""

    group: str
    right: int
    asked: int

    @property
    def about_decoys(self) -> bool:
        """Whether the usual answer is wrong there, so that a wrong one was fooled."""
        return "decoy" in self.group


@dataclass(frozen=True)
class Verdict:
    """The outcome of one graded cell."""

    grade_id: str
    status: Status
    points: float | None
    """None where a person must grade."""
    max_points: float
    words: str
    tallies: tuple[Tally, ...] = ()
    """Group by group; none where nothing was asked."""
    mistake: str = ""
    """Which kind of mistake was commonest, in a sentence of the probe's or of `NO_VALUE`."""


# What the sandbox can report of a question that brought no value, in words for the learner.
NO_VALUE = {
    "raised": "the function raised an error",
    "timeout": "the function took too long",
    "died": "the kernel died while the function ran",
    "silent": "the kernel no longer answers questions",
    "unusable": "the function returned something that is not plain numbers or text",
    "stub": "the function is still the stub",
    "not handed in": "the graded cell never reached its check",
}


@dataclass(frozen=True)
class Incident:
    """Something the instructor should know: a changed locked cell, a killed kernel, a flood."""

    kind: str
    words: str
    grade_id: str | None = None

    @property
    def concern(self) -> Concern:
        """What an instructor should make of it; a kind that the table doesn't know is trouble."""
        return CONCERNS.get(self.kind, "trouble")


Concern = Literal["attempt", "fault", "trouble", "note"]
"""attempt: done by hand, and of use only to who wants points for nothing; look before you accuse.
fault: ours, and a person must decide. trouble: the learner's own work broke or was stopped, which
may have cost points. note: mended without loss, as tools and mishaps often cause it."""

CONCERNS: Mapping[str, Concern] = {
    # Jupyter's lock doesn't let anyone change such a cell by mistake.
    "changed cell": "attempt",
    "planted configuration": "attempt",
    "claimed time": "attempt",
    "not examined": "fault",
    "probe failed": "fault",
    "too many attempts": "trouble",
    "no notebook": "trouble",
    "unreadable": "trouble",
    "unreadable cell": "trouble",
    "too many cells": "trouble",
    "cell timeout": "trouble",
    "cell died": "trouble",
    "cell flood": "trouble",
    "cell no time": "trouble",
    "answer timeout": "trouble",
    "answer died": "trouble",
    "missing cell": "note",
    "cell twice": "note",
    "changed type": "note",
    "changed order": "note",
    "no timestamp": "note",
    "no receipt": "note",
    "stray file": "note",
    "unusual code": "note",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A report without its notebook: what tables and summaries are made from."""

    unit: str
    submission_digest: str
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

    def to_json(self) -> str:
        """Return the outcome as one line of JSON."""
        return json.dumps(_plain(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Outcome:
        """Read what ``to_json`` wrote, and nothing else.

        Raises:
            GraderError: the text is of another form.
        """
        with _strictly("outcome"):
            return cls(**_outcome_fields(_parsed(text, OUTCOME_KEYS)))


@dataclass(frozen=True, kw_only=True)
class Report(Outcome):
    """The result of `examine`: everything the gradebook and the feedback are written from."""

    notebook: NotebookNode
    """The rebuilt notebook with the learner's frozen outputs."""

    @property
    def outcome(self) -> Outcome:
        """This report without its notebook, which may be large."""
        return Outcome(
            unit=self.unit,
            submission_digest=self.submission_digest,
            verdicts=self.verdicts,
            incidents=self.incidents,
        )

    def to_json(self) -> str:
        """Return the report as one line of JSON; its notebook by nbformat's schema."""
        return json.dumps(_plain(self) | {"notebook": self.notebook})

    @classmethod
    def from_json(cls, text: str | bytes) -> Report:
        """Read what ``to_json`` wrote, and nothing else.

        Raises:
            GraderError: the text is of another form.
        """
        with _strictly("report"):
            data = _parsed(text, OUTCOME_KEYS | {"notebook"})
            notebook = nbformat.from_dict(data["notebook"])
            nbformat.validate(notebook, version=4)
            return cls(**_outcome_fields(data), notebook=notebook)


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


def tallied(judged: Sequence[tuple[str, Judgement]]) -> tuple[Tally, ...]:
    """Count what was right group by group.

    Groups come in an order of their own, whatever was asked first: "hidden ..." leads.
    """
    tallies = []
    for group in sorted({name for name, _ in judged}, key=_hidden_first):
        results = [judgement.right for name, judgement in judged if name == group]
        tallies.append(Tally(group, sum(results), len(results)))
    return tuple(tallies)


def commonest_mistake(judged: Sequence[tuple[str, Judgement]]) -> str:
    """Return which mistake was commonest; a fatal one goes before all others."""
    fatal = any(judgement.fatal for _, judgement in judged)
    mistakes = Counter(
        judgement.mistake
        for _, judgement in judged
        if not judgement.right and judgement.fatal == fatal
    )
    return mistakes.most_common(1)[0][0] if mistakes else ""


def in_words(judged: Sequence[tuple[str, Judgement]]) -> str:
    """Say coarsely how judged questions went, group by group, and which mistake was commonest."""
    tallies = tallied(judged)
    # Who is wrong everywhere wasn't fooled by anything.
    trusting = any(tally.right for tally in tallies if not tally.about_decoys)
    words = "; ".join(_said(tally, trusting) for tally in tallies)
    words = words[:1].upper() + words[1:] + "."
    mistake = commonest_mistake(judged)
    return f"{words} Where it was wrong: {mistake}." if mistake else words


def _said(tally: Tally, trusting: bool) -> str:
    if tally.about_decoys and trusting:
        return f"fooled by {tally.asked - tally.right or 'none'} of {tally.asked} {tally.group}"
    return f"held on {tally.right} of {tally.asked} {tally.group}"


def _hidden_first(group: str) -> tuple[bool, str]:
    return not group.startswith("hidden"), group


def _plain(outcome: Outcome) -> dict[str, Any]:
    return {
        "unit": outcome.unit,
        "submission": outcome.submission_digest,
        "verdicts": [_plain_verdict(one) for one in outcome.verdicts],
        "incidents": [asdict(one) for one in outcome.incidents],
    }


def _plain_verdict(verdict: Verdict) -> dict[str, Any]:
    points = None if verdict.points is None else float(verdict.points)
    numbers = {"points": points, "max_points": float(verdict.max_points)}
    return asdict(verdict) | {"status": verdict.status.value} | numbers


OUTCOME_KEYS = frozenset({"unit", "submission", "verdicts", "incidents"})


@contextmanager
def _strictly(what: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, KeyError, RecursionError, nbformat.ValidationError) as error:
        raise GraderError(f"This is not the {what} of an examination: {error}") from error


def _parsed(text: str | bytes, keys: frozenset[str]) -> dict[str, Any]:
    data = json.loads(text, parse_constant=_no_such_number)
    return _object(data, keys)


def _outcome_fields(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "unit": _text(data["unit"]),
        "submission_digest": _text(data["submission"]),
        "verdicts": tuple(map(_read_verdict, _list(data["verdicts"]))),
        "incidents": tuple(map(_read_incident, _list(data["incidents"]))),
    }


VERDICT_KEYS = frozenset({"grade_id", "status", "points", "max_points", "words"})


def _read_verdict(data: Any) -> Verdict:
    # Gradebooks of before there were tallies hold verdicts without them.
    later = {"tallies": [], "mistake": ""}
    data = _object(later | _object_of(data), VERDICT_KEYS | set(later))
    return Verdict(
        grade_id=_text(data["grade_id"]),
        status=Status(_text(data["status"])),
        points=None if data["points"] is None else _number(data["points"]),
        max_points=_number(data["max_points"]),
        words=_text(data["words"]),
        tallies=tuple(map(_read_tally, _list(data["tallies"]))),
        mistake=_text(data["mistake"]),
    )


def _read_tally(data: Any) -> Tally:
    _object(data, frozenset({"group", "right", "asked"}))
    tally = Tally(_text(data["group"]), _count(data["right"]), _count(data["asked"]))
    if tally.right > tally.asked:
        raise ValueError("more is right than was asked")
    return tally


def _read_incident(data: Any) -> Incident:
    _object(data, frozenset({"kind", "words", "grade_id"}))
    grade_id = data["grade_id"]
    return Incident(
        kind=_text(data["kind"]),
        words=_text(data["words"]),
        grade_id=None if grade_id is None else _text(grade_id),
    )


def _object_of(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError("expected an object")
    return data


def _object(data: Any, keys: frozenset[str]) -> dict[str, Any]:
    if not isinstance(data, dict) or set(data) != keys:
        raise ValueError(f"expected exactly {', '.join(sorted(keys))}")
    return data


def _list(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise ValueError("expected a list")
    return data


def _text(data: Any) -> str:
    if not isinstance(data, str):
        raise ValueError("expected text")
    data.encode()  # lone surrogates: no file and no database can hold them
    return data


def _count(data: Any) -> int:
    if type(data) is not int or data < 0:
        raise ValueError("expected a count")
    return data


def _number(data: Any) -> float:
    if isinstance(data, bool) or not isinstance(data, (int, float)) or not math.isfinite(data):
        raise ValueError("expected a number")
    return float(data)


def _no_such_number(name: str) -> float:
    raise ValueError(f"{name} is not a number of points")

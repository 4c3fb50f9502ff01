"""What a probe is: hidden questions for one graded cell, and how to judge what comes back.

Probes are pure: data in, score out. The examiner carries the questions into the sandbox and the
answers out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from grader.suite import Suite

Forms = dict[str, Any]
"""Known wrong answers: the sentence a learner may read, and what such an answer would return."""


@dataclass(frozen=True)
class Question:
    """One call of the learner's function, and what is known here of its right answer.

    Only ``args`` travel: JSON values, lists, tensors or arrays, and models (as
    `TransformerBridge`). ``expected`` and all else stay in the examiner.
    """

    group: str
    """What it asks about, in words for the learner: "hidden models", "decoys", "odd lengths"."""
    args: tuple[Any, ...]
    expected: Any = None
    forms: Forms = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    """Whatever else the judge needs."""


@dataclass(frozen=True)
class Judgement:
    """Whether one answer is right, and if not the kind of mistake in a few public words.

    ``mistake`` must be one of a fixed set of sentences written in the probe: no number or text
    that the learner's process sent may enter it, or hidden questions would leak through feedback.
    """

    right: bool
    mistake: str = ""
    fatal: bool = False
    """Whether this one mistake costs all points: a bound that is broken once proves nothing."""


Ask = Callable[[Suite], Sequence[Question]]
Judge = Callable[[Question, Any], Judgement]


@dataclass(frozen=True)
class Probe:
    """Hidden questions for the graded cell that calls ``check`` with the same name."""

    name: str
    ask: Ask
    judge: Judge
    seconds_per_question: float = 20.0
    partial_credit: bool = True
    """False where an answer is yes or no: half of those are right by luck, so all must be."""


def shuffled_questions(probe: Probe, suite: Suite) -> list[Question]:
    """Return a probe's questions in an order that says nothing of their right answers.

    A function can count its calls, and probes make their questions group by group.
    """
    questions = probe.ask(suite)
    generator = suite.generator(f"{probe.name}/order")
    return [questions[i] for i in torch.randperm(len(questions), generator=generator).tolist()]


RIGHT = Judgement(True)


def wrong(mistake: str) -> Judgement:
    """Return the judgement of a wrong answer, with the kind of mistake."""
    return Judgement(False, mistake)


def fatally_wrong(mistake: str) -> Judgement:
    """Return the judgement of an answer so wrong that right ones elsewhere count for nothing."""
    return Judgement(False, mistake, fatal=True)


def as_array(answer: Any) -> np.ndarray | None:
    """Return an answer as a float array, or None if it isn't numbers.

    Lists of numbers and of arrays count: shape is what matters, not the container.
    """
    try:
        array = np.asarray(answer)
        if array.dtype.kind not in "biuf":
            return None
        return array.astype(np.float64)
    except (ValueError, TypeError):
        return None


def as_number(answer: Any) -> Any:
    """Return an array of one element as a scalar array, and any other answer as it is.

    Where one number is asked for, how many axes of length one it comes with is not the question.
    """
    return answer.reshape(()) if isinstance(answer, np.ndarray) and answer.size == 1 else answer


def close_to(question: Question, answer: Any, *, atol: float, rtol: float = 0.0) -> Judgement:
    """Judge an array against ``question.expected``: same shape, finite, values within tolerance."""
    expected = np.asarray(question.expected, dtype=np.float64)
    array = as_array(as_number(answer) if expected.ndim == 0 else answer)
    if array is None:
        return wrong("the answer is not an array of numbers")
    if array.shape != expected.shape:
        return wrong("the answer does not have the shape that was asked for")
    if not np.isfinite(array).all():
        return wrong("the answer holds values that are not finite")
    if not np.allclose(array, expected, atol=atol, rtol=rtol):
        return wrong("the values differ")
    return RIGHT


def close_or_known(question: Question, answer: Any, *, atol: float) -> Judgement:
    """Judge like `close_to`; if the values differ, name the known wrong form that they equal."""
    verdict = close_to(question, answer, atol=atol)
    array = as_array(answer)
    if verdict.right or array is None:
        return verdict
    for sentence, form in question.forms.items():
        known = np.asarray(form, dtype=np.float64)
        given = as_number(array) if known.ndim == 0 else array
        if given.shape == known.shape and np.allclose(given, known, atol=atol):
            return wrong(sentence)
    return verdict

"""What a probe is: hidden questions for one graded cell, and how to judge what comes back.

Probes are pure: data in, score out. The examiner carries the questions into the sandbox and the
answers out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.suite import Suite


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


Ask = Callable[[Suite], Sequence[Question]]
Judge = Callable[[Question, Any], Judgement]


@dataclass(frozen=True)
class Probe:
    """Hidden questions for the graded cell that calls ``check`` with the same name."""

    name: str
    ask: Ask
    judge: Judge
    seconds_per_question: float = 20.0


RIGHT = Judgement(True)


def wrong(mistake: str) -> Judgement:
    """Return the judgement of a wrong answer, with the kind of mistake."""
    return Judgement(False, mistake)


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


def close_to(question: Question, answer: Any, *, atol: float, rtol: float = 0.0) -> Judgement:
    """Judge an array against ``question.expected``: same shape, finite, values within tolerance."""
    expected = np.asarray(question.expected, dtype=np.float64)
    array = as_array(answer)
    if array is None:
        return wrong("the answer is not an array of numbers")
    if array.shape != expected.shape:
        return wrong("the answer does not have the shape that was asked for")
    if not np.isfinite(array).all():
        return wrong("the answer holds values that are not finite")
    if not np.allclose(array, expected, atol=atol, rtol=rtol):
        return wrong("the values differ")
    return RIGHT

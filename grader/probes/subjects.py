"""Questions about hidden models, as most probes ask them: each reference, and each decoy.

Every such probe asks about each reference ("hidden models") and each decoy ("decoys"), so an answer
that doesn't look at its model is wrong on one of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.models import build_model, config_of, freeze
from glasslab.tasks.base import Labels, Tokens
from glasslab.tasks.cumsum import CUMSUM
from grader.probes.base import (
    Forms,
    Judge,
    Judgement,
    Question,
    as_number,
    close_or_known,
    wrong,
)
from grader.suite import Subject, Suite

GROUPS = {"reference": "hidden models", "decoy": "decoys"}

SHAKE = 0.3
"""Added to each weight, in units of a standard normal: as large as the trained embeddings' entries.
Measured on copies of five references and three decoys: right at 34% to 60% of all positions."""

AskSubject = Callable[[Subject, torch.Generator], Iterable[Question]]


def about(subject: Subject, args: tuple[Any, ...], expected: Any, forms: Forms) -> Question:
    """Return a question in the group of a subject's role."""
    return Question(GROUPS[subject.role], args, expected, forms)


def asking(name: str, ask: AskSubject) -> Callable[[Suite], list[Question]]:
    """Ask about each reference and decoy of a suite, with hidden inputs of its own."""

    def ask_suite(suite: Suite) -> list[Question]:
        generator = suite.generator(name)
        subjects = (*suite.references, *suite.decoys)
        return [question for subject in subjects for question in ask(subject, generator)]

    return ask_suite


def shaken(model: TransformerBridge, generator: torch.Generator) -> TransformerBridge:
    """Return a copy of a model whose weights were shaken, so that it solves no task."""
    copy = build_model(config_of(model))
    copy.load_state_dict(
        {
            name: weight + SHAKE * torch.randn(weight.shape, generator=generator)
            for name, weight in model.state_dict().items()
        }
    )
    return freeze(copy)


def judging(*, atol: float, rtol: float, keys: tuple[str, ...] = ()) -> Judge:
    """Compare with the truth, within ``atol + rtol * (largest expected entry)``.

    A small entry of a large table is not asked for more digits than the table has: float32 products
    summed in another order differ by parts in a million of the largest.

    Args:
        atol: Absolute tolerance.
        rtol: Tolerance relative to the largest expected entry.
        keys: Where the answer is a dict: the keys whose values are compared, in the order of
            ``question.expected``.
    """

    def judge(question: Question, answer: Any) -> Judgement:
        if keys:
            if not isinstance(answer, dict) or any(key not in answer for key in keys):
                return wrong("the answer is not a dict with the keys that were asked for")
            answer = [as_number(answer[key]) for key in keys]
        tolerance = atol + rtol * float(np.abs(np.asarray(question.expected)).max())
        return close_or_known(question, answer, atol=tolerance)

    return judge


def sample_data(count: int, generator: torch.Generator) -> tuple[Tokens, Labels]:
    """Draw hidden sequences and their labels, both ``[batch position]``."""
    tokens = CUMSUM.sample(count, generator)
    return tokens, CUMSUM.label(tokens)

"""Hidden questions about sorting models: each reference and each decoy, on hidden lists.

Decoys differ in shape, not only in weights: one head, or no LayerNorm. What is asked must have a
right answer on every one of them.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Int

from glasslab.tasks.base import Labels, Tokens
from glasslab.tasks.sorted_list import SORTED_LIST, sample_lists
from grader.probes.base import Forms, Question
from grader.probes.subjects import GROUPS, about, asking, judging
from grader.suite import Subject

ONE_HEAD = "models with one head"


def sample_data(count: int, generator: torch.Generator) -> tuple[Tokens, Labels]:
    """Draw hidden lists with their answers, and labels, both ``[batch position]``."""
    tokens = SORTED_LIST.sample(count, generator)
    return tokens, SORTED_LIST.label(tokens)


def unsorted_lists(count: int, generator: torch.Generator) -> Int[torch.Tensor, "batch item"]:
    """Draw hidden lists alone, without separator and answers."""
    return sample_lists(count, generator)


def about_heads(subject: Subject, args: tuple[Any, ...], expected: Any, forms: Forms) -> Question:
    """Return a question in the group of a subject's role, or of all models with a single head.

    For what is asked of each head: an answer that counts on two is wrong on such models alone.
    """
    if subject.model.cfg.n_heads == 1:
        return Question(ONE_HEAD, args, expected, forms)
    return about(subject, args, expected, forms)


__all__ = [
    "GROUPS",
    "ONE_HEAD",
    "about",
    "about_heads",
    "asking",
    "judging",
    "sample_data",
    "unsorted_lists",
]

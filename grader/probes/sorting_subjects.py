"""Hidden questions about sorting models: each reference and each decoy, on hidden lists.

Decoys differ in shape, not only in weights: one head, or no LayerNorm. What is asked must have a
right answer on every one of them.
"""

from __future__ import annotations

import torch
from jaxtyping import Int

from glasslab.tasks.base import Labels, Tokens
from glasslab.tasks.sorted_list import SORTED_LIST, sample_lists
from grader.probes.subjects import GROUPS, about, asking, judging


def sample_data(count: int, generator: torch.Generator) -> tuple[Tokens, Labels]:
    """Draw hidden lists with their answers, and labels, both ``[batch position]``."""
    tokens = SORTED_LIST.sample(count, generator)
    return tokens, SORTED_LIST.label(tokens)


def unsorted_lists(count: int, generator: torch.Generator) -> Int[torch.Tensor, "batch item"]:
    """Draw hidden lists alone, without separator and answers."""
    return sample_lists(count, generator)


__all__ = ["GROUPS", "about", "asking", "judging", "sample_data", "unsorted_lists"]

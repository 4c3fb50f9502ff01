"""Faults planted in references: one token counts for a little more, or less, than its value.

How much is found by bisection with the certificate, so that a wanted share of all inputs fails.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.models import freeze, from_bytes, to_bytes
from glasslab.tasks.base import Task
from grader.findings.faults import failing_share
from grader.reference.kinds import Maker


@dataclass(frozen=True)
class Planting(Maker):
    """How a mutant is made of a reference."""

    failing_share: float
    """The most that may fail, of all (sequence, position) pairs: a proved upper bound."""
    smallest: float = 0.003
    largest: float = 2.0
    """The range of what is tried, in units of a token's value."""
    halvings: int = 9

    def make(
        self, task: Task, references: Sequence[TransformerBridge], seed: int
    ) -> TransformerBridge:
        """Return one of the references with a fault planted; the seed decides which and where."""
        return plant(references[seed % len(references)], self, seed)


def plant(model: TransformerBridge, planting: Planting, seed: int) -> TransformerBridge:
    """Return a copy of a model in which one token counts wrongly; the seed decides which and how.

    The size is the largest, of those tried, of which at most the wanted share of inputs fails.
    """
    generator = torch.Generator().manual_seed(seed)
    token = int(torch.randint(model.cfg.d_vocab, (1,), generator=generator))
    sign = 1 if float(torch.rand((), generator=generator)) < 0.5 else -1
    low, high = math.log(planting.smallest), math.log(planting.largest)
    for _ in range(planting.halvings):
        middle = (low + high) / 2
        mutant = nudged(model, token, sign * math.exp(middle))
        if failing_share(mutant, token).at_most <= planting.failing_share:
            low = middle
        else:
            high = middle
    return nudged(model, token, sign * math.exp(low))


def nudged(model: TransformerBridge, token: int, size: float) -> TransformerBridge:
    """Return a copy of a model in which a token's embedding is moved towards larger values.

    Args:
        model: Any.
        token: Its id.
        size: How far, in steps from one value to the next.
    """
    copy = from_bytes(*to_bytes(model))
    state = dict(copy.state_dict())
    embedding = state["embed.weight"].clone()
    embedding[token] += size * (embedding[-1] - embedding[0]) / (len(embedding) - 1)
    copy.load_state_dict(state | {"embed.weight": embedding})
    return freeze(copy)

"""Hidden sorting models that are made of references by changing some of their weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.models import freeze, from_bytes, to_bytes
from glasslab.tasks.base import Task
from grader.findings.sorting.swaps import mean_ablation_loss_increase
from grader.reference.kinds import Maker

N_LISTS = 500


@dataclass(frozen=True)
class HeadOff(Maker):
    """Turn one head's output down until it does nothing, though its circuits look as before.

    It is the head that the model needs less: without the other hardly a list would be sorted.
    """

    left: float = 0.01
    """What is left of its output. Not nothing: of a circuit that is all zeros, questions such as
    which token it copies most have no answer."""

    def make(
        self, task: Task, references: Sequence[TransformerBridge], seed: int
    ) -> TransformerBridge:
        """Return one of the references with a head turned off; the seed decides which of them."""
        model = references[seed % len(references)]
        tokens = task.sample(N_LISTS, torch.Generator().manual_seed(0))
        needed = mean_ablation_loss_increase(model, tokens, task.label(tokens))
        head = needed.index(min(needed))
        name = "blocks.0.attn.o.weight"
        weight = model.state_dict()[name].clone()
        weight.unflatten(1, (model.cfg.n_heads, -1))[:, head] *= self.left
        return changed(model, {name: weight})


@dataclass(frozen=True)
class Confused(Maker):
    """Let one number look much like another, so that it is mistaken wherever it stands."""

    likeness: float = 0.6
    """How far its embedding is moved towards the other's, of all the way."""
    lowest: int = 15
    highest: int = 25
    """The range of the number: seldom the least of a random list, so that few tests of the first
    step meet it."""
    apart: int = 7
    """How far the other number is away."""

    def make(
        self, task: Task, references: Sequence[TransformerBridge], seed: int
    ) -> TransformerBridge:
        """Return one of the references with a number confused; the seed decides which."""
        generator = torch.Generator().manual_seed(seed)
        model = references[seed % len(references)]
        number = int(torch.randint(self.lowest, self.highest + 1, (), generator=generator))
        embedding = model.state_dict()["embed.weight"].clone()
        embedding[number] = embedding[number].lerp(embedding[number + self.apart], self.likeness)
        return changed(model, {"embed.weight": embedding})


def changed(model: TransformerBridge, weights: dict[str, torch.Tensor]) -> TransformerBridge:
    """Return a copy of a model with some of its weights exchanged."""
    copy = from_bytes(*to_bytes(model))
    copy.load_state_dict(dict(copy.state_dict()) | weights)
    return freeze(copy)

"""Sequences built to be worst: the dynamic programme walked backwards, and the model really run."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from transformer_lens.model_bridge import TransformerBridge

from glasslab.tasks.base import Tokens
from grader.findings.bounds import Coarse, States, key_parts, linear_pieces
from grader.findings.circuit import Circuit
from grader.findings.states import least_choices


class Witness(NamedTuple):
    """A sequence, the last token of which is where the margin is, and the margin when run."""

    tokens: list[int]
    margin: float


def worst_sequences(
    circuit: Circuit, coarse: Coarse, states: States
) -> Int[torch.Tensor, "sequence position"]:
    """Return sequences that reach some states, extreme for the linear pieces that bound these."""
    pieces = linear_pieces(circuit, coarse, states).readings
    last = states.last[:, None].expand(-1, pieces.shape[1]).flatten()
    total = states.total[:, None].expand(-1, pieces.shape[1]).flatten()
    parts, _ = key_parts(circuit, states.position, last, pieces.flatten(0, 1))
    earlier = least_choices(parts[:, :-1], total)
    return torch.cat([earlier, last[:, None]], dim=1).unique(dim=0)


@torch.no_grad()
def real_margins(
    model: TransformerBridge, tokens: Tokens, max_value: int
) -> Float[torch.Tensor, "batch position"]:
    """Run the model: right logit less the best other, at each position."""
    logits = model(tokens)
    labels = (tokens - max_value).cumsum(-1).sign() + 1
    right = logits.gather(-1, labels[..., None])[..., 0]
    others = logits.scatter(-1, labels[..., None], -torch.inf)
    return right - others.amax(-1)


def least_margin(
    model: TransformerBridge, groups: list[Int[torch.Tensor, "sequence position"]], max_value: int
) -> Witness:
    """Run groups of sequences of equal length; return the one that fares worst at its last token.

    It is run once more by itself: in a batch of another size the last bits may differ.
    """
    found = []
    for tokens in groups:
        margins = real_margins(model, tokens, max_value)[:, -1]
        found.append((float(margins.amin()), tokens[margins.argmin()]))
    worst = min(found, key=lambda pair: pair[0])[1]
    margin = float(real_margins(model, worst[None], max_value)[0, -1])
    return Witness(worst.tolist(), margin)

"""What the vocabulary split is worth: heads that may take from some tokens only.

A table that shows which tokens a head copies is a description; taking the others away is the test.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import Intervention, run_with
from glasslab.tasks.base import UNSCORED, Labels, Tokens

VALUES = "blocks.0.attn.hook_v"


def scored_accuracy(logits: Float[torch.Tensor, "batch position output"], labels: Labels) -> float:
    """Return the share of scored positions at which the right output is the largest."""
    scored = labels != UNSCORED
    return float((logits.argmax(-1) == labels)[scored].double().mean())


def silence_sources(tokens: Tokens, allowed: Bool[torch.Tensor, "head token"]) -> Intervention:
    """Put zero in place of a head's values at tokens that aren't allowed to it."""
    keep = allowed[:, tokens].permute(1, 2, 0)[..., None]  # batch position head 1
    return Intervention(VALUES, lambda values: values * keep.to(values.dtype))


def accuracy_with_sources(
    model: TransformerBridge,
    tokens: Tokens,
    labels: Labels,
    allowed: Bool[torch.Tensor, "head token"],
) -> float:
    """Return a model's accuracy at scored positions when heads take from allowed tokens only."""
    return scored_accuracy(run_with(model, tokens, silence_sources(tokens, allowed)), labels)

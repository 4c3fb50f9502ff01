"""What the vocabulary split is worth: heads that may take from some tokens only.

A table that shows which tokens a head copies is a description; taking the others away is the test.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import Intervention
from glasslab.tasks.base import Labels, Tokens
from grader.findings.sorting.performance import scored_performance_with

VALUES = "blocks.0.attn.hook_v"


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
    silenced = silence_sources(tokens, allowed)
    return scored_performance_with(model, tokens, labels, silenced).accuracy

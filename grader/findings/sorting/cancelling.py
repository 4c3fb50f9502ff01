"""What one part of the attention scores is worth: the pattern without it, and what that breaks."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import swap_pattern
from glasslab.tasks.base import Labels, Tokens
from grader.findings.sorting.folding import fold, pattern, scores
from grader.findings.sorting.performance import scored_performance_with

Part = Float[torch.Tensor, "batch head query key"]


def pattern_without(model: TransformerBridge, tokens: Tokens, part: Part) -> Part:
    """Return the attention pattern when a part is taken off the scores."""
    return pattern(scores(fold(model), tokens) - part)


def attention_on(
    attention: Part, marked: Bool[torch.Tensor, "batch query key"]
) -> Float[torch.Tensor, "head query"]:
    """Return how much of each query's attention falls on marked keys, mean over sequences."""
    return (attention * marked[:, None]).sum(-1).mean(0)


def accuracy_without(model: TransformerBridge, tokens: Tokens, labels: Labels, part: Part) -> float:
    """Return a model's accuracy at scored positions when a part is taken off its scores."""
    attention = pattern_without(model, tokens, part)
    swap = swap_pattern(attention.to(model.W_E.dtype))
    return scored_performance_with(model, tokens, labels, swap).accuracy

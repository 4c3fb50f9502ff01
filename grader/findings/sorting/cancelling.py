"""What one part of the attention scores is worth: the pattern without it, and what that breaks."""

from __future__ import annotations

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import swap_pattern
from glasslab.tasks.base import UNSCORED, Labels, Tokens
from grader.findings.sorting.folding import fold, pattern, scores
from grader.findings.sorting.performance import scored_performance_with

Part = Float[torch.Tensor, "batch head query key"]


def pattern_without(model: TransformerBridge, tokens: Tokens, part: Part) -> Part:
    """Return the attention pattern when a part is taken off the scores."""
    return pattern(scores(fold(model), tokens) - part)


def attention_to(
    attention: Part, tokens: Tokens, labels: Labels, token: int
) -> Float[torch.Tensor, " head"]:
    """Return the mean attention of scored queries to a token, wherever it stands."""
    there = attention.masked_fill((tokens != token)[:, None, None], 0).sum(-1)  # batch head query
    return (there.transpose(0, 1)[:, labels != UNSCORED]).mean(-1)


def accuracy_without(model: TransformerBridge, tokens: Tokens, labels: Labels, part: Part) -> float:
    """Return a model's accuracy at scored positions when a part is taken off its scores."""
    attention = pattern_without(model, tokens, part)
    swap = swap_pattern(attention.to(model.W_E.dtype))
    return scored_performance_with(model, tokens, labels, swap).accuracy

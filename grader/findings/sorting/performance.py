"""How well a sorting model does at the positions that have a right answer."""

from __future__ import annotations

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import Intervention, run_with
from glasslab.tasks.base import UNSCORED, Labels, Tokens
from grader.findings.causal import Performance, performance


def scored_performance(
    logits: Float[torch.Tensor, "batch position output"], labels: Labels
) -> Performance:
    """Measure logits at the scored positions alone, each counting once."""
    scored = labels != UNSCORED
    return performance(logits[scored].double(), labels[scored])


def scored_performance_with(
    model: TransformerBridge, tokens: Tokens, labels: Labels, *interventions: Intervention
) -> Performance:
    """Measure a model at the scored positions with interventions in place."""
    return scored_performance(run_with(model, tokens, *interventions), labels)

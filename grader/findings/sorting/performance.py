"""How well a sorting model does where there is a right answer: at SEP and within the sorted half."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import Intervention, run_with
from glasslab.tasks.base import UNSCORED, Labels, Tokens
from grader.findings.causal import Performance, performance


def scored_performance(
    logits: Float[Tensor, "batch position output"], labels: Labels
) -> Performance:
    """Measure logits at the scored positions alone, each counting once."""
    scored = labels != UNSCORED
    return performance(logits[scored].double(), labels[scored])


def scored_performance_with(
    model: TransformerBridge, tokens: Tokens, labels: Labels, *interventions: Intervention
) -> Performance:
    """Measure a model at the scored positions with interventions in place."""
    return scored_performance(run_with(model, tokens, *interventions), labels)

"""What neurons do together: a group's cost beside the sum of its members', and how to foresee it.

Nothing comes after the MLP but a linear map, so logits are an exact sum over neurons and a group's
effect on them is the sum of its members'. The loss isn't linear, so its increases don't add.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import run_with, zero_ablate
from glasslab.tasks.base import Labels, Tokens
from grader.findings.causal import Logits, performance, performance_with
from grader.findings.neurons import POST

Silenced = Float[torch.Tensor, "neuron batch position output"]


def group_zero_ablation_loss_increase(
    model: TransformerBridge, tokens: Tokens, labels: Labels, group: Sequence[int]
) -> float:
    """Return what silencing neurons together costs, in nats."""
    clean = performance_with(model, tokens, labels).cross_entropy
    return performance_with(model, tokens, labels, zero_ablate(POST, group)).cross_entropy - clean


def silenced_logits(model: TransformerBridge, tokens: Tokens) -> Silenced:
    """Return the logits with each neuron silenced by itself."""
    neurons = range(model.W_in.shape[-1])
    return torch.stack([run_with(model, tokens, zero_ablate(POST, [i])) for i in neurons])


def predicted_loss_increase(
    clean: Logits, silenced: Silenced, labels: Labels, group: Sequence[int]
) -> float:
    """Foresee what silencing a group costs, in nats, from what its members do to the logits."""
    changes = (silenced[list(group)] - clean).sum(0)
    return (
        performance(clean + changes, labels).cross_entropy
        - performance(clean, labels).cross_entropy
    )

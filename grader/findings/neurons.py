"""What the MLP does: with it, without it, and neuron by neuron.

"Zero-ablated" sets post-activations to zero and leaves the output bias; "mean-ablated" sets them
to their mean over batch and positions. The two give different numbers, so names say which it is.
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import zero_ablate
from glasslab.tasks.base import Labels, Tokens
from grader.findings.causal import performance_with
from grader.findings.ov import unembedding_directions

Role = Literal["positive", "negative", "dead"]
Activations = Float[torch.Tensor, "batch position neuron"]

POST = "blocks.0.mlp.hook_post"
ZERO_OUTPUT = 1

# In the references measured, silencing a live neuron costs .0018 nats or more, a dead one less than
# .0003.
DEAD_BELOW = 1e-3


@torch.no_grad()
def neuron_activations(model: TransformerBridge, tokens: Tokens) -> Activations:
    """Return the neurons' values after the ReLU, ``[batch position neuron]``."""
    _, cache = model.run_with_cache(tokens, names_filter=POST)
    return cache[POST]


def neuron_zero_ablation_loss_increase(
    model: TransformerBridge, tokens: Tokens, labels: Labels
) -> list[float]:
    """Return what silencing each neuron by itself costs, in nats."""
    clean = performance_with(model, tokens, labels).cross_entropy
    return [
        performance_with(model, tokens, labels, zero_ablate(POST, [neuron])).cross_entropy - clean
        for neuron in range(model.W_in.shape[-1])
    ]


def neuron_roles(
    activations: Activations,
    means: Float[torch.Tensor, "batch position"],
    loss_increase: list[float],
) -> list[Role]:
    """Name the side each neuron works on: where it fires more, if silencing it matters at all.

    Args:
        activations: Values after the ReLU.
        means: Running means of the token values.
        loss_increase: What silencing each neuron costs, in nats.
    """
    on_positive = activations[means > 0].mean(0)
    on_negative = activations[means < 0].mean(0)
    return [
        "dead" if abs(cost) < DEAD_BELOW else "positive" if above > below else "negative"
        for cost, above, below in zip(loss_increase, on_positive, on_negative)
    ]


def neuron_zero_push(model: TransformerBridge) -> list[float]:
    """Return how much each neuron pushes "zero": logits, over the outputs' mean, per unit fired."""
    return (model.W_out[0] @ unembedding_directions(model)[ZERO_OUTPUT]).tolist()

"""What the MLP does: with it, without it, and neuron by neuron.

"Zero-ablated" sets post-activations to zero and leaves the output bias; "mean-ablated" sets them
to their mean over batch and positions. The two give different numbers, so names say which it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import (
    Intervention,
    mean_ablate,
    resample_ablate,
    run_with,
    zero_ablate,
)
from glasslab.tasks.base import Labels, Tokens
from glasslab.tasks.cumsum import decode
from grader.findings.causal import performance_with
from grader.findings.ov import unembedding_directions
from grader.findings.statistics import running_mean

Role = Literal["positive", "negative", "dead"]
Kind = Literal["zero", "mean", "resample"]
Activations = Float[torch.Tensor, "batch position neuron"]
PerNeuron = Float[torch.Tensor, " neuron"]

PRE, POST = "blocks.0.mlp.hook_pre", "blocks.0.mlp.hook_post"
ZERO_OUTPUT = 1
N_OUTPUTS = 3

# In the references measured, silencing a live neuron costs .0018 nats or more, a dead one less than
# .0003.
DEAD_BELOW = 1e-3


@dataclass(frozen=True)
class Switch:
    """Where the line through a neuron's pre-activation over the running mean crosses zero."""

    threshold: PerNeuron
    agreement: PerNeuron
    """The share of positions at which it fires if and only if that line is above zero."""
    correlation: PerNeuron
    """Of its pre-activation with the running mean; where it is 0, the line crosses anywhere."""


@torch.no_grad()
def neuron_activations(model: TransformerBridge, tokens: Tokens, hook: str = POST) -> Activations:
    """Return the neurons' values after the ReLU (or before it), ``[batch position neuron]``."""
    _, cache = model.run_with_cache(tokens, names_filter=hook)
    return cache[hook]


def ablation(
    kind: Kind, neurons: Sequence[int], order: Int[torch.Tensor, " batch"]
) -> Intervention:
    """Return the edit that silences neurons, averages them, or trades them between sequences."""
    if kind == "zero":
        return zero_ablate(POST, neurons)
    if kind == "mean":
        return mean_ablate(POST, neurons)
    return resample_ablate(POST, order, neurons)


def says_table(
    model: TransformerBridge, tokens: Tokens, labels: Labels, *edits: Intervention
) -> Float[torch.Tensor, "label answer"]:
    """Return the share of all positions with each label and each answer, with edits in place."""
    answers = run_with(model, tokens, *edits).argmax(-1)
    counts = (N_OUTPUTS * labels + answers).flatten().bincount(minlength=N_OUTPUTS**2)
    return (counts.double() / counts.sum()).reshape(N_OUTPUTS, N_OUTPUTS)


def switch_on(model: TransformerBridge, tokens: Tokens) -> Switch:
    """Fit each neuron's pre-activation by a line over the running mean: where does it cross 0?"""
    pre = neuron_activations(model, tokens, PRE).double()
    means = running_mean(decode(tokens)).double()[..., None]
    x, y = means - means.mean(), pre - pre.mean((0, 1))
    covariance = (x * y).mean((0, 1))
    slope = covariance / (x**2).mean()
    line = slope * x + pre.mean((0, 1))
    return Switch(
        threshold=means.mean() - pre.mean((0, 1)) / slope,
        agreement=((line > 0) == (pre > 0)).double().mean((0, 1)),
        correlation=covariance / ((x**2).mean() * (y**2).mean((0, 1))).sqrt(),
    )


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
    least: float = DEAD_BELOW,
) -> list[Role]:
    """Name the side each neuron works on: where it fires more, if silencing it matters at all.

    Args:
        activations: Values after the ReLU.
        means: Running means of the token values.
        loss_increase: What silencing each neuron costs, in nats.
        least: Below this cost, up or down, a neuron counts as dead.
    """
    on_positive = activations[means > 0].mean(0)
    on_negative = activations[means < 0].mean(0)
    return [
        "dead" if abs(cost) < least else "positive" if above > below else "negative"
        for cost, above, below in zip(loss_increase, on_positive, on_negative)
    ]


def neuron_zero_push(model: TransformerBridge) -> list[float]:
    """Return how much each neuron pushes "zero": logits, over the outputs' mean, per unit fired."""
    return (model.W_out[0] @ unembedding_directions(model)[ZERO_OUTPUT]).tolist()

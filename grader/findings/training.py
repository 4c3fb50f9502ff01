"""What is true of training: counts, gradients, Adam's step, and what a path of weights tells.

Reference answers for unit 02_training; everything is computed without learner code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.lean import lean_logits
from glasslab.tasks.base import Labels, ModelConfig, Tokens

Weights = Mapping[str, torch.Tensor]
Logits = Float[torch.Tensor, "batch position output"]

GRADIENT_FLOOR = 1e-6
"""Relative to the largest gradient: what lies below counts as none."""


def parameter_count(config: ModelConfig) -> dict[str, int]:
    """Count a model's numbers by part, biases with their weights; ``trained`` leaves out b_U."""
    width, inner = config.d_model, config.n_heads * config.d_head
    attention = 4 * width * inner + 3 * inner + width
    hidden = config.d_mlp
    mlp = 0 if hidden is None else 2 * width * hidden + hidden + width
    total = (
        (config.d_vocab + config.n_ctx + config.d_vocab_out) * width
        + config.n_layers * (attention + mlp)
        + config.d_vocab_out
    )
    return {"total": total, "trained": total - config.d_vocab_out}


def cross_entropy(logits: Logits, labels: Labels) -> float:
    """Return the mean cross-entropy in nats over all sequences and positions."""
    return float(F.cross_entropy(logits.double().flatten(0, 1), labels.flatten()))


def gradient_sizes(model: TransformerBridge, tokens: Tokens, labels: Labels) -> dict[str, float]:
    """Return the largest gradient entry of each tensor of the state dict, as a share of them all.

    What the optimiser never sees (a buffer) or the loss never reaches has 0.
    """
    weights = model.state_dict(keep_vars=True)
    wanted = {
        name: value for name, value in weights.items() if isinstance(value, torch.nn.Parameter)
    }
    frozen = [value for value in wanted.values() if not value.requires_grad]
    try:
        for value in frozen:
            value.requires_grad_(True)
        with torch.enable_grad():
            loss = F.cross_entropy(model(tokens).flatten(0, 1), labels.flatten())
            gradients = torch.autograd.grad(loss, list(wanted.values()), allow_unused=True)
    finally:
        for value in frozen:
            value.requires_grad_(False)
    sizes = {
        name: 0.0 if gradient is None else float(gradient.abs().max())
        for name, gradient in zip(wanted, gradients, strict=True)
    }
    largest = max(sizes.values())
    return {name: sizes.get(name, 0.0) / largest for name in weights}


def by_position(logits: Logits, labels: Labels) -> dict[str, torch.Tensor]:
    """Return accuracy and mean cross-entropy at each position, over all sequences."""
    losses = F.cross_entropy(logits.double().flatten(0, 1), labels.flatten(), reduction="none")
    return {
        "accuracy": (logits.argmax(-1) == labels).double().mean(0),
        "loss": losses.view(labels.shape).mean(0),
    }


def adam_step(
    weight: torch.Tensor,
    gradient: torch.Tensor,
    first: torch.Tensor,
    second: torch.Tensor,
    step: int,
    learning_rate: float,
    weight_decay: float,
) -> dict[str, torch.Tensor]:
    """Return weight and moments after one step of Adam with L2 decay, betas .9 and .999.

    Source: Kingma and Ba, "Adam", algorithm 1, with the gradient of L2 decay added first, as
    ``torch.optim.Adam`` does; ``step`` counts from 1.
    """
    gradient = gradient + weight_decay * weight
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient**2
    direction = first / (1 - 0.9**step) / ((second / (1 - 0.999**step)).sqrt() + 1e-8)
    return {"weight": weight - learning_rate * direction, "first": first, "second": second}


@torch.no_grad()
def compare(one: TransformerBridge, other: TransformerBridge, tokens: Tokens) -> dict[str, float]:
    """Return how alike two models are: weights (cosine), answers (share), probabilities (TV)."""
    flat_one, flat_other = (flat(model.state_dict()) for model in (one, other))
    logits = [model(tokens).double() for model in (one, other)]
    p, q = (each.softmax(-1) for each in logits)
    return {
        "weights": float(torch.cosine_similarity(flat_one, flat_other, dim=0)),
        "answers": float((logits[0].argmax(-1) == logits[1].argmax(-1)).double().mean()),
        "probabilities": float((p - q).abs().sum(-1).mean() / 2),
    }


# --- a path of weights ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Path:
    """What kept weights tell of the road between them; moves are root mean squares over weights."""

    start: float
    """Largest distance of a weight from the fresh model's, before the first step."""
    downhill: tuple[tuple[int, float], ...]
    """Single steps that moved, and the cosine of each move and minus the gradient."""
    strides: tuple[float, ...]
    """For each gap between kept weights: its move divided by the number of steps."""


def flat(weights: Weights) -> torch.Tensor:
    """Lay all weights end to end, in float64 and in the order of their names."""
    return torch.cat([weights[name].double().flatten() for name in sorted(weights)])


def path(
    steps: Sequence[int],
    kept: Sequence[Weights],
    fresh: Weights,
    tokens: Tokens,
    labels: Labels,
    *,
    until: int,
) -> Path:
    """Measure the road that a training took from its kept weights, on data it was given.

    Args:
        steps: After how many steps each of ``kept`` was kept, rising.
        kept: State dicts.
        fresh: The state dict before training, as it should be.
        tokens: Token ids ``[batch position]`` for the gradients.
        labels: Their labels, same shape.
        until: Only single steps before this one are held against the gradient.
    """
    places = [flat(weights) for weights in kept]
    downhill: list[tuple[int, float]] = []
    strides = []
    for i in range(len(steps) - 1):
        move, gap = places[i + 1] - places[i], steps[i + 1] - steps[i]
        size = float(move.square().mean().sqrt())
        strides.append(size / gap)
        if gap == 1 and steps[i] < until:
            slope = flat(gradient(kept[i], tokens, labels))
            cosine = -float(torch.cosine_similarity(move, slope, dim=0))
            if size > 1e-9:
                downhill.append((steps[i], cosine))
    start = float((places[0] - flat(fresh)).abs().max())
    return Path(start, tuple(downhill), tuple(strides))


def gradient(weights: Weights, tokens: Tokens, labels: Labels) -> dict[str, torch.Tensor]:
    """Return the gradient of the mean cross-entropy for each weight; zero for the buffer b_U."""
    leaves = {
        name: value.detach().float().clone().requires_grad_(name != "unembed.bias")
        for name, value in weights.items()
    }
    with torch.enable_grad():
        loss = F.cross_entropy(lean_logits(leaves, tokens).flatten(0, 1), labels.flatten())
        loss.backward()
    return {
        name: torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
        for name, leaf in leaves.items()
    }

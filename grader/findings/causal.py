"""What happens to the outputs when a part is swapped, removed or kept alone.

An edit to ``hook_resid_mid`` of a bridge reaches only the MLP: the skip path carries the unedited
stream on (measured with TransformerLens 4.3). What the head writes is therefore edited at
``hook_attn_out``, which both paths read.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import (
    Intervention,
    keep_direction,
    remove_direction,
    run_with,
    swap_pattern,
)
from glasslab.tasks.base import Labels, Tokens
from grader.findings.attention import uniform_pattern
from grader.findings.ov import Direction, direction_u

Logits = Float[torch.Tensor, "batch position output"]

ATTENTION_OUT = "blocks.0.hook_attn_out"
MLP_IN = "blocks.0.mlp.hook_in"


@dataclass(frozen=True)
class Performance:
    """How well logits fit labels; cross-entropy in nats, p(correct) over all tokens."""

    cross_entropy: float
    accuracy: float
    p_correct_mean: float
    p_correct_median: float
    p_correct_min: float


def performance(logits: Logits, labels: Labels) -> Performance:
    """Measure logits against labels, each token counting once."""
    log_p = logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0]
    p = log_p.exp()
    return Performance(
        cross_entropy=-float(log_p.mean()),
        accuracy=float((logits.argmax(-1) == labels).float().mean()),
        p_correct_mean=float(p.mean()),
        p_correct_median=float(p.median()),
        p_correct_min=float(p.min()),
    )


def performance_with(
    model: TransformerBridge, tokens: Tokens, labels: Labels, *interventions: Intervention
) -> Performance:
    """Measure a model with interventions in place; none leaves it alone."""
    return performance(run_with(model, tokens, *interventions), labels)


def keep_only(direction: Direction) -> Intervention:
    """Keep of what the head writes only the part along a direction."""
    return keep_direction(ATTENTION_OUT, direction)


def remove(direction: Direction) -> Intervention:
    """Take the part along a direction out of what the head writes."""
    return remove_direction(ATTENTION_OUT, direction)


def hide_from_mlp(direction: Direction) -> Intervention:
    """Show the MLP only the mean of its input along a unit vector.

    The skip path keeps the direction; the mean is over batch and positions.
    """

    def edit(stream: torch.Tensor) -> torch.Tensor:
        part = (stream @ direction)[..., None] * direction
        return stream - part + part.mean((0, 1))

    return Intervention(MLP_IN, edit)


def loss_with_uniform_pattern(model: TransformerBridge, tokens: Tokens, labels: Labels) -> float:
    """Return the cross-entropy in nats once attention is made exactly uniform over the past."""
    uniform = swap_pattern(uniform_pattern(tokens.shape[-1]))
    return performance_with(model, tokens, labels, uniform).cross_entropy


def uniform_swap_loss_increase(model: TransformerBridge, tokens: Tokens, labels: Labels) -> float:
    """Return what making attention exactly uniform costs, in nats."""
    clean = performance_with(model, tokens, labels).cross_entropy
    return loss_with_uniform_pattern(model, tokens, labels) - clean


def performance_keep_only_u(
    model: TransformerBridge, tokens: Tokens, labels: Labels
) -> Performance:
    """Measure a model whose head writes only along u."""
    return performance_with(model, tokens, labels, keep_only(direction_u(model)))


def performance_remove_u(model: TransformerBridge, tokens: Tokens, labels: Labels) -> Performance:
    """Measure a model whose head writes nothing along u."""
    return performance_with(model, tokens, labels, remove(direction_u(model)))


def shuffle_earlier(tokens: Tokens, generator: torch.Generator) -> Tokens:
    """Shuffle the tokens before the last one, each sequence in its own order."""
    order = torch.rand(tokens[:, :-1].shape, generator=generator).argsort(-1)
    return torch.cat([tokens[:, :-1].gather(-1, order), tokens[:, -1:]], dim=-1)


def shuffle_max_logit_change(
    model: TransformerBridge, tokens: Tokens, generator: torch.Generator
) -> float:
    """Return how far any logit at the last position moves when the earlier tokens are shuffled."""
    before = run_with(model, tokens)[:, -1]
    after = run_with(model, shuffle_earlier(tokens, generator))[:, -1]
    return float((after - before).abs().max())

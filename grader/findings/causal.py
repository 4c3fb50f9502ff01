"""What happens to the outputs when a part is swapped, removed or kept alone.

An edit to ``hook_resid_mid`` of a bridge reaches only the MLP: the skip path carries the unedited
stream on (measured with TransformerLens 4.3). What the head writes is therefore edited at
``hook_attn_out``, which both paths read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.tasks.base import Labels, Tokens
from grader.findings.attention import uniform_pattern
from grader.findings.ov import Direction, direction_u

Logits = Float[torch.Tensor, "batch position output"]
Hook = tuple[str, Callable]

PATTERN = "blocks.0.attn.hook_pattern"
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


@torch.no_grad()
def logits_with(model: TransformerBridge, tokens: Tokens, hooks: Sequence[Hook] = ()) -> Logits:
    """Run a model with hooks ``(name, edit(activation, hook))`` in place; none leaves it alone."""
    return model.run_with_hooks(tokens, fwd_hooks=list(hooks))


def performance_with(
    model: TransformerBridge, tokens: Tokens, labels: Labels, hooks: Sequence[Hook] = ()
) -> Performance:
    """Measure a model with hooks in place."""
    return performance(logits_with(model, tokens, hooks), labels)


def swap_uniform() -> Hook:
    """Return the hook that puts the exactly uniform causal pattern in place of the head's own."""
    return PATTERN, lambda pattern, hook: uniform_pattern(pattern.shape[-1]).expand_as(pattern)


def keep_only(direction: Direction) -> Hook:
    """Return the hook that keeps of what the head writes only the part along a unit vector."""
    return ATTENTION_OUT, lambda written, hook: along(written, direction)


def remove(direction: Direction) -> Hook:
    """Return the hook that takes the part along a unit vector out of what the head writes."""
    return ATTENTION_OUT, lambda written, hook: written - along(written, direction)


def hide_from_mlp(direction: Direction) -> Hook:
    """Return the hook that shows the MLP only the mean of its input along a unit vector.

    The skip path keeps the direction; the mean is over batch and positions.
    """

    def edit(stream: torch.Tensor, hook: object) -> torch.Tensor:
        part = along(stream, direction)
        return stream - part + part.mean((0, 1))

    return MLP_IN, edit


def along(
    vectors: Float[torch.Tensor, "*batch d_model"], direction: Direction
) -> Float[torch.Tensor, "*batch d_model"]:
    """Return the parts of vectors that lie along a unit vector."""
    return (vectors @ direction)[..., None] * direction


def loss_with_uniform_pattern(model: TransformerBridge, tokens: Tokens, labels: Labels) -> float:
    """Return the cross-entropy in nats once attention is made exactly uniform over the past."""
    return performance_with(model, tokens, labels, [swap_uniform()]).cross_entropy


def uniform_swap_loss_increase(model: TransformerBridge, tokens: Tokens, labels: Labels) -> float:
    """Return what making attention exactly uniform costs, in nats."""
    clean = performance_with(model, tokens, labels).cross_entropy
    return loss_with_uniform_pattern(model, tokens, labels) - clean


def performance_keep_only_u(
    model: TransformerBridge, tokens: Tokens, labels: Labels
) -> Performance:
    """Measure a model whose head writes only along u."""
    return performance_with(model, tokens, labels, [keep_only(direction_u(model))])


def performance_remove_u(model: TransformerBridge, tokens: Tokens, labels: Labels) -> Performance:
    """Measure a model whose head writes nothing along u."""
    return performance_with(model, tokens, labels, [remove(direction_u(model))])


def shuffle_earlier(tokens: Tokens, generator: torch.Generator) -> Tokens:
    """Shuffle the tokens before the last one, each sequence in its own order."""
    order = torch.rand(tokens[:, :-1].shape, generator=generator).argsort(-1)
    return torch.cat([tokens[:, :-1].gather(-1, order), tokens[:, -1:]], dim=-1)


def shuffle_max_logit_change(
    model: TransformerBridge, tokens: Tokens, generator: torch.Generator
) -> float:
    """Return how far any logit at the last position moves when the earlier tokens are shuffled."""
    before = logits_with(model, tokens)[:, -1]
    after = logits_with(model, shuffle_earlier(tokens, generator))[:, -1]
    return float((after - before).abs().max())

"""What a claim about attention is worth: put in place of the model's own, does it do the work?

A claim names one key for each query that answers. Its pattern looks there and nowhere else; the
rows before SEP stay as they are, for no answer comes from them. What the model then says is
compared with what it says by itself, over all 52 outputs and not only the first of them.

Score: S = clip(1 − d / d₀, 0, 1), d the mean total variation distance to the model's own answers,
d₀ the same when every head writes what it wrote on another list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import (
    Intervention,
    resample_ablate,
    run_with,
    swap_pattern,
)
from glasslab.tasks.base import UNSCORED, Labels, Tokens
from grader.findings.attention import Pattern, attention_pattern, uniform_pattern
from grader.findings.sorting.patterns import (
    Sources,
    next_larger_source,
    same_or_larger_source,
)
from grader.findings.sorting.performance import scored_performance, scored_performance_with

PATTERN, HEAD_OUTPUTS = "blocks.0.attn.hook_pattern", "blocks.0.attn.hook_z"

Logits = Float[torch.Tensor, "batch position output"]


@dataclass(frozen=True)
class Agreement:
    """How a changed model's answers at scored positions compare with the right ones, and its own.

    ``distance`` is the mean total variation distance to the unchanged model's answers, ``score``
    what is left of it against the baseline: 1 is the same behaviour, 0 no better than nothing.
    """

    accuracy: float
    agreement: float
    distance: float
    score: float


def look_only_at(sources: Sources, heads: Iterable[int]) -> Intervention:
    """Let heads look at one key for each scored query, and nowhere else.

    Args:
        sources: Key positions ``[batch scored]``.
        heads: Whose rows are replaced; the others keep theirs.
    """
    chosen = list(heads)

    def edit(own: Pattern) -> Pattern:
        n_scored = sources.shape[-1]
        rows = torch.nn.functional.one_hot(sources, own.shape[-1]).to(own.dtype)
        edited = own.clone()
        edited[:, chosen, n_scored : 2 * n_scored] = rows[:, None]
        return edited

    return Intervention(PATTERN, edit)


def distance(own: Logits, changed: Logits, labels: Labels) -> float:
    """Return the mean total variation distance between two models' answers at scored positions."""
    scored = labels != UNSCORED
    p, q = (logits[scored].double().softmax(-1) for logits in (own, changed))
    return float((p - q).abs().sum(-1).mean() / 2)


def resample(n_sequences: int) -> Intervention:
    """Let every head write what it wrote on the sequence before: the baseline of all scores."""
    return resample_ablate(HEAD_OUTPUTS, torch.arange(n_sequences).roll(1))


def compare(
    model: TransformerBridge, tokens: Tokens, labels: Labels, *interventions: Intervention
) -> Agreement:
    """Compare a model under interventions with itself."""
    own, changed = run_with(model, tokens), run_with(model, tokens, *interventions)
    baseline = distance(own, run_with(model, tokens, resample(len(tokens))), labels)
    scored = labels != UNSCORED
    away = distance(own, changed, labels)
    agreement = (own.argmax(-1) == changed.argmax(-1))[scored].double().mean()
    return Agreement(
        accuracy=scored_performance(changed, labels).accuracy,
        agreement=float(agreement),
        distance=away,
        score=tv_score(away, baseline),
    )


def tv_score(away: float, baseline: float) -> float:
    """Return S = clip(1 − d / d₀, 0, 1); 0 where the baseline changes nothing."""
    return min(max(1 - away / baseline, 0.0), 1.0) if baseline > 0 else 0.0


def hypothesis_agreement(
    model: TransformerBridge,
    tokens: Tokens,
    labels: Labels,
    heads: Iterable[int] | None = None,
) -> Agreement:
    """Make heads, all by default, look at the smallest token larger than the query."""
    chosen = range(model.cfg.n_heads) if heads is None else heads
    return compare(model, tokens, labels, look_only_at(next_larger_source(tokens), chosen))


def controls(model: TransformerBridge, tokens: Tokens, labels: Labels) -> dict[str, Agreement]:
    """Compare what should fail: near claims, and patterns and outputs without content."""
    heads = range(model.cfg.n_heads)
    mean_pattern = attention_pattern(model, tokens).mean(0)
    edits = {
        "same_or_larger": look_only_at(same_or_larger_source(tokens), heads),
        "second_larger": look_only_at(next_larger_source(tokens, rank=2), heads),
        "mean_pattern": swap_pattern(mean_pattern),
        "uniform_pattern": swap_pattern(uniform_pattern(tokens.shape[-1])),
        "mean_z": mean_over_lists(heads),
    }
    return {name: compare(model, tokens, labels, edit) for name, edit in edits.items()}


def mean_over_lists(heads: Iterable[int]) -> Intervention:
    """Let heads write, at each position, the mean of what they write there over all sequences."""
    chosen = list(heads)

    def edit(z: Float[torch.Tensor, "batch position head d_head"]) -> torch.Tensor:
        edited = z.clone()
        edited[:, :, chosen] = z[:, :, chosen].mean(0)
        return edited

    return Intervention(HEAD_OUTPUTS, edit)


def mean_ablation_loss_increase(
    model: TransformerBridge, tokens: Tokens, labels: Labels
) -> list[float]:
    """Return by how many nats the loss at scored positions rises without each head.

    Without: its output is its mean over the sequences, position by position.
    """
    clean = scored_performance_with(model, tokens, labels).cross_entropy
    return [
        scored_performance_with(model, tokens, labels, mean_over_lists([head])).cross_entropy
        - clean
        for head in range(model.cfg.n_heads)
    ]


def mean_ablation_by_answer(
    model: TransformerBridge, tokens: Tokens, labels: Labels
) -> Float[torch.Tensor, "head value"]:
    """Return the same loss increases by the right answer, in nats; NaN where none is.

    One column for each token that a list may hold.
    """
    scored = labels != UNSCORED
    answers = labels[scored]

    def losses(*interventions: Intervention) -> Float[torch.Tensor, " scored"]:
        logits = run_with(model, tokens, *interventions)[scored].double()
        return torch.nn.functional.cross_entropy(logits, answers, reduction="none")

    clean = losses()
    n_values = model.cfg.d_vocab - 1  # all but SEP
    rows = [
        torch.zeros(n_values, dtype=torch.float64).index_add_(
            0, answers, losses(mean_over_lists([head])) - clean
        )
        for head in range(model.cfg.n_heads)
    ]
    return torch.stack(rows) / answers.bincount(minlength=n_values)

"""Findings O1–O13 about a sorting model, on any checkpoint, whatever its number of heads.

Each key of `measure` is named after what it measures. Lists go by head, in the model's order; rates
and accuracies are shares of scored positions (SEP and the sorted half but its last number).
"""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import run_with
from glasslab.models import config_of
from glasslab.tasks.base import Labels, Task, Tokens
from glasslab.tasks.sorted_list import SORTED_LIST
from glasslab.training import one_thread
from grader.findings.sorting import attribution, cancelling, circuits, close, gaps, patterns, swaps
from grader.findings.sorting.bound import certify_first_step
from grader.findings.sorting.folding import Folded, fold, pattern, scores
from grader.findings.sorting.performance import scored_performance, scored_performance_with

N_SEQUENCES = 1_000
QUERY = 25
"""The number whose most attended tokens were published."""
GAP_LISTS_EACH = 10
"""How many more lists are drawn for the gaps: of 50 steps, two have a gap of 20 or more."""
SPECIAL_LISTS = 500


@one_thread()
def measure(
    model: TransformerBridge,
    *,
    n_sequences: int = N_SEQUENCES,
    seed: int = 0,
    task: Task = SORTED_LIST,
) -> dict[str, Any]:
    """Measure what is known of the sorting model, on fresh lists.

    Args:
        model: One layer of attention, any number of heads, LayerNorm or no normalisation.
        n_sequences: How many lists to draw.
        seed: Where the lists come from; 43 and 500 lists are those of the published numbers.
        task: What the model was trained to do; a decoy's may draw other lists.

    Returns:
        Plain JSON values.

    Raises:
        ValueError: the model isn't of the shape that these findings are about.
    """
    require_shape(model, task)
    generator = torch.Generator().manual_seed(seed)
    tokens = task.sample(n_sequences, generator)
    labels = task.label(tokens)
    folded = fold(model)
    return {
        **asdict(scored_performance_with(model, tokens, labels)),
        **measure_attention(model, tokens),
        **measure_heads(model, tokens, labels),
        **measure_circuits(folded),
        **measure_attention_to_zero(model, folded, tokens, labels),
        **measure_attribution(model, folded, tokens, labels),
        **measure_failures(model, task, generator, GAP_LISTS_EACH * n_sequences),
        "first_step_certificate": asdict(certify_first_step(model, generator)),
        **measure_close(model, folded, generator),
    }


def require_shape(model: TransformerBridge, task: Task) -> None:
    """Refuse a model that these findings aren't about.

    Raises:
        ValueError: it has another number of layers, tokens or outputs, an MLP, a normalisation
            other than LayerNorm, too few positions, or weights that aren't finite.
    """
    config = config_of(model)
    problems = {
        "more than one layer": config.n_layers != 1,
        "an MLP": config.d_mlp is not None,
        "a normalisation other than LayerNorm": config.normalization_type not in (None, "LN"),
        f"another vocabulary than {task.config.d_vocab} tokens": config.d_vocab
        != task.config.d_vocab,
        f"other outputs than {task.config.d_vocab_out}": config.d_vocab_out
        != task.config.d_vocab_out,
        f"room for fewer than {task.config.n_ctx} positions": config.n_ctx < task.config.n_ctx,
        "weights that are not finite": not all(
            tensor.isfinite().all() for tensor in model.state_dict().values()
        ),
    }
    found = [problem for problem, present in problems.items() if present]
    if found:
        raise ValueError(f"Not a {task.name} model: it has {', '.join(found)}.")


def measure_attention(model: TransformerBridge, tokens: Tokens) -> dict[str, Any]:
    """O2, O3: whether heads look most at the smallest larger token, at SEP at the minimum.

    ``second_larger`` is the one after it, which the last query doesn't have.
    """
    rows, sources = patterns.rows_of(model, tokens), patterns.next_larger_source(tokens)
    second = patterns.next_larger_source(tokens, rank=2)[:, :-1]
    return {
        "next_larger_argmax_rate": patterns.argmax_rate(rows, sources),
        "next_larger_mass": patterns.mean_mass(rows, sources),
        "second_larger_argmax_rate": patterns.argmax_rate(rows[..., :-1, :], second),
        "sep_to_minimum_rate": patterns.sep_rate(rows, sources),
    }


def measure_heads(model: TransformerBridge, tokens: Tokens, labels: Labels) -> dict[str, Any]:
    """O4, O13: what each head is worth, and what remains when heads do what is said of them."""
    claim = swaps.hypothesis_agreement(model, tokens, labels)
    alone = [
        swaps.hypothesis_agreement(model, tokens, labels, [head])
        for head in range(model.cfg.n_heads)
    ]
    controls = swaps.controls(model, tokens, labels)
    return {
        "head_mean_ablation_loss_increase": swaps.mean_ablation_loss_increase(
            model, tokens, labels
        ),
        "hypothesis_pattern_accuracy": claim.accuracy,
        "hypothesis_pattern_agreement": claim.agreement,
        "hypothesis_pattern_tv_score": claim.score,
        "hypothesis_pattern_one_head_accuracy": [each.accuracy for each in alone],
        "hypothesis_pattern_one_head_tv_score": [each.score for each in alone],
        "control_accuracy": {name: each.accuracy for name, each in controls.items()},
        "control_tv_score": {name: each.score for name, each in controls.items()},
    }


def measure_circuits(folded: Folded) -> dict[str, Any]:
    """O5, O6: which tokens each head copies, and how far above a number its queries look.

    ``qk_peak_offset_median``: of the keys above a number, the most looked for lies this far above
    it; the median over numbers.
    """
    qk, n = circuits.full_qk(folded), len(folded.W_E) - 1
    above = qk[:, :n, :n].masked_fill(~torch.ones(n, n).triu(1).bool(), -torch.inf)
    offsets = (above.argmax(-1) - torch.arange(n))[:, :-1]
    return {
        "ov_copied_tokens": circuits.copied_tokens(circuits.full_ov(folded)),
        f"qk_most_attended_by_{QUERY}": [
            [token for token, _ in best] for best in circuits.most_attended(qk, QUERY)
        ],
        "qk_peak_offset_median": offsets.median(-1).values.tolist(),
    }


def measure_attention_to_zero(
    model: TransformerBridge, folded: Folded, tokens: Tokens, labels: Labels
) -> dict[str, Any]:
    """O7, O8: what draws big numbers to 0, what keeps them from it, and what that is worth.

    QK terms are less their mean over keys. ``qk_of_zero`` is the mean over the upper quarter of the
    numbers, as queries; ``position_qk_of_zero`` goes by head and scored position; attention is that
    of big queries in lists that hold a 0, with the position–token term and without it.
    """
    numbers = len(folded.W_E) - 1
    big = 3 * numbers // 4
    scored = (labels[0] >= 0).nonzero().flatten()
    by_token = _less_mean(circuits.full_qk(folded)[:, big:numbers, :numbers])
    by_position = _less_mean(circuits.position_token_qk(folded)[:, scored, :numbers])
    term = circuits.score_parts(folded, tokens)["position_token"]
    held = (tokens == 0).any(-1)
    asks = ((tokens >= big) & (tokens < numbers) & (labels >= 0))[held]

    def to_zero(attention: torch.Tensor) -> list[float]:
        there = attention[held] * (tokens == 0)[held, None, None]
        return there.sum(-1).mT[asks].mean(0).tolist()

    return {
        "qk_of_zero_by_big_numbers": by_token[..., 0].mean(-1).tolist(),
        "position_qk_of_zero": by_position[..., 0].tolist(),
        "big_numbers_attention_to_zero": to_zero(pattern(scores(folded, tokens))),
        "big_numbers_attention_to_zero_without_position_term": to_zero(
            cancelling.pattern_without(model, tokens, term)
        ),
        "accuracy_without_position_term": cancelling.accuracy_without(model, tokens, labels, term),
    }


def measure_attribution(
    model: TransformerBridge, folded: Folded, tokens: Tokens, labels: Labels
) -> dict[str, Any]:
    """O11, O12: why a larger number close by does no harm, and what the direct path is worth.

    Each list of the published four is attributed to the head that copies its y most.
    """
    ov = circuits.full_ov(folded)
    triples = tuple(
        replace(triple, head=int(ov[:, triple.y, triple.y].argmax()))
        for triple in attribution.CLOSE_TRIPLES
    )
    neighbours = attribution.neighbours_in_ov(ov)
    without = attribution.without_direct_path(model, tokens)
    return {
        "close_triple_head": [triple.head for triple in triples],
        "close_triple_attribution": attribution.close_triple_attribution(model, triples),
        "ov_below_positive_rate": neighbours["below_positive"],
        "ov_above_negative_rate": neighbours["above_negative"],
        "direct_path_mean_ablated_accuracy": scored_performance(without, labels).accuracy,
    }


def measure_close(
    model: TransformerBridge, folded: Folded, generator: torch.Generator
) -> dict[str, Any]:
    """O11, O12: what is said after d in lists with d + 1 and d + 2, and without the direct path."""
    tokens, labels = close.sample_close(SPECIAL_LISTS, generator)
    without = attribution.without_direct_path(model, tokens)
    return {
        "close_lists_look_past_rate": close.looks_past_rate(
            model, tokens, labels, circuits.full_ov(folded)
        ),
        "close_lists_said": close.said_after(run_with(model, tokens), labels),
        "close_lists_said_without_direct_path": close.said_after(without, labels),
    }


def measure_failures(
    model: TransformerBridge, task: Task, generator: torch.Generator, n_lists: int
) -> dict[str, Any]:
    """O9, O10: accuracy by gap, and lists made to fool the model; null where no gap was met."""
    length = task.config.n_ctx // 2
    lists = task.sample(n_lists, generator)[:, :length]
    ends, high = (
        gaps.sample_from(pool, SPECIAL_LISTS, generator) for pool in (gaps.TWO_ENDS, gaps.HIGH)
    )
    by_gap = gaps.gap_accuracy(model, lists)
    return {
        "gap_accuracy": {
            gap: None if math.isnan(accuracy) else accuracy for gap, accuracy in by_gap.items()
        },
        "entirely_right_rate": gaps.entirely_right(model, lists),
        "published_lists_p_correct": gaps.fooling_lists(model),
        "two_ends_entirely_right_rate": gaps.entirely_right(model, ends),
        "high_lists_first_step_accuracy": float(gaps.steps_right(model, high)[:, 0].float().mean()),
    }


def _less_mean(table: torch.Tensor) -> torch.Tensor:
    """Return rows less their mean: a softmax over keys doesn't feel what is added to all."""
    return table - table.mean(-1, keepdim=True)

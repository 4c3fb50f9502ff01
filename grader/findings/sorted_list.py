"""Findings O1–O13 about a sorting model, on any checkpoint, whatever its number of heads.

Each key of `measure` is named after what it measures. Lists go by head, in the model's order; rates
and accuracies are shares of scored positions (SEP and the sorted half but its last number).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.models import config_of
from glasslab.tasks.base import Labels, Task, Tokens
from glasslab.tasks.sorted_list import SORTED_LIST
from glasslab.training import one_thread
from grader.findings.sorting import cancelling, circuits
from grader.findings.sorting.folding import Folded, fold, pattern, scores
from grader.findings.sorting.performance import scored_performance_with

N_SEQUENCES = 1_000
QUERY = 25
"""The number whose most attended tokens were published."""


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
    tokens = task.sample(n_sequences, torch.Generator().manual_seed(seed))
    labels = task.label(tokens)
    folded = fold(model)
    return {
        **asdict(scored_performance_with(model, tokens, labels)),
        **measure_circuits(folded),
        **measure_attention_to_zero(model, folded, tokens, labels),
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


def _less_mean(table: torch.Tensor) -> torch.Tensor:
    """Return rows less their mean: a softmax over keys doesn't feel what is added to all."""
    return table - table.mean(-1, keepdim=True)

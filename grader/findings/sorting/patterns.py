"""Where a sorting model's queries look, held against "the smallest token larger than me".

The claim is about the rows from SEP on: each looks at that token's place in the unsorted half, and
SEP, behind which everything is still to come, at the minimum's. Rates and masses describe; what a
pattern is worth to the model's answers is measured in `grader.findings.sorting.swaps`.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from transformer_lens.model_bridge import TransformerBridge

from glasslab.tasks.base import Tokens
from grader.findings.attention import Pattern, attention_pattern

Sources = Int[torch.Tensor, "batch scored"]
"""For each scored query, in order, the key position that a claim says it looks at."""
Rows = Float[torch.Tensor, "batch head scored key"]


def list_length(tokens: Tokens) -> int:
    """Return how many numbers the list has that a sequence begins with."""
    return (tokens.shape[-1] - 1) // 2


def scored_rows(pattern: Pattern) -> Rows:
    """Return the rows of a pattern that answer: of SEP, and of all sorted tokens but the last."""
    length = (pattern.shape[-1] - 1) // 2
    return pattern[..., length : 2 * length, :]


def next_larger_source(tokens: Tokens, rank: int = 1) -> Sources:
    """Return where in the unsorted half the smallest token larger than the query's stands.

    For SEP it is the smallest of all. Only the query's own token counts: the sorted half need not
    be right, nor sorted.

    Args:
        tokens: Token ids ``[batch position]``.
        rank: 1 for the smallest larger token, 2 for the second smallest, and so on. Where a query
            has fewer larger tokens, it is the largest of the list.
    """
    length = list_length(tokens)
    unsorted, queries = tokens[..., :length], tokens[..., length : 2 * length].clone()
    queries[..., 0] = -1  # SEP: every number is still to come
    return _ranked(unsorted, queries, rank)


def same_or_larger_source(tokens: Tokens) -> Sources:
    """Return where the smallest token stands that is at least as large as the query's: a control.

    In a right sequence that is the query's own number, which says nothing of what comes next.
    """
    length = list_length(tokens)
    unsorted, queries = tokens[..., :length], tokens[..., length : 2 * length] - 1
    queries[..., 0] = -1
    return _ranked(unsorted, queries, 1)


def rows_of(model: TransformerBridge, tokens: Tokens) -> Rows:
    """Return a model's attention from the queries that answer."""
    return scored_rows(attention_pattern(model, tokens))


def looks_most_at(rows: Rows, sources: Sources) -> Bool[torch.Tensor, "batch head scored"]:
    """Return where a query's largest attention lies on its source."""
    return rows.argmax(-1) == sources[:, None]


def mass_on(rows: Rows, sources: Sources) -> Float[torch.Tensor, "batch head scored"]:
    """Return the attention that a query gives to its source."""
    places = sources[:, None, :, None].expand(-1, rows.shape[1], -1, 1)
    return rows.gather(-1, places)[..., 0]


def argmax_rate(rows: Rows, sources: Sources) -> dict[str, list[float] | float]:
    """Return how often the largest attention lies on the source: of each head, and of any head."""
    found = looks_most_at(rows, sources).double()
    return {"heads": found.mean((0, 2)).tolist(), "either": float(found.amax(1).mean())}


def mean_mass(rows: Rows, sources: Sources) -> list[float]:
    """Return the mean attention on the source, of each head."""
    return mass_on(rows, sources).double().mean((0, 2)).tolist()


def sep_rate(rows: Rows, sources: Sources) -> list[float]:
    """Return how often SEP's largest attention lies on its source, of each head."""
    return looks_most_at(rows, sources)[..., 0].double().mean(0).tolist()


def rate_by_answer(rows: Rows, tokens: Tokens, n_values: int) -> Float[torch.Tensor, "head value"]:
    """Return how often a head looks most at the next larger token, by what that token is.

    NaN where no query has that answer.
    """
    sources = next_larger_source(tokens)
    answers = tokens.gather(-1, sources).flatten()
    found = looks_most_at(rows, sources).double().transpose(0, 1).flatten(1)
    totals = torch.zeros(len(found), n_values, dtype=torch.float64).index_add_(1, answers, found)
    return totals / answers.bincount(minlength=n_values)


def _ranked(
    unsorted: Int[torch.Tensor, "batch item"],
    queries: Int[torch.Tensor, "batch scored"],
    rank: int,
) -> Sources:
    """Return the place of the rank-th smallest number above each query, or of the largest."""
    ordered, places = unsorted.sort(-1)
    below = (ordered[:, None] <= queries[..., None]).sum(-1)
    return places.gather(-1, (below + rank - 1).clamp(max=unsorted.shape[-1] - 1))

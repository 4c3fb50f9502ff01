"""Where a head looks, computed from its queries and keys: scores, pattern, distance from uniform.

The bridge's cache entry named after the scores holds the pattern, so nothing here reads it.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.tasks.base import Tokens

Scores = Float[torch.Tensor, "batch head query key"]
Pattern = Float[torch.Tensor, "batch head query key"]


@torch.no_grad()
def attention_scores(model: TransformerBridge, tokens: Tokens, layer: int = 0) -> Scores:
    """Return the scores q·k / √d_head before masking, ``[batch head query key]``, in logits.

    Entries with key > query are what the causal mask hides; they are left in.
    """
    names = [f"blocks.{layer}.attn.hook_{part}" for part in "qk"]
    _, cache = model.run_with_cache(tokens, names_filter=lambda name: name in names)
    queries, keys = (cache[name] for name in names)
    scores = torch.einsum("bqhd,bkhd->bhqk", queries, keys)
    return scores / math.sqrt(queries.shape[-1])


def attention_pattern(model: TransformerBridge, tokens: Tokens, layer: int = 0) -> Pattern:
    """Return the attention pattern ``[batch head query key]``: a causal softmax of the scores."""
    scores = attention_scores(model, tokens, layer)
    future = ~causal_mask(scores.shape[-1])
    return scores.masked_fill(future, -torch.inf).softmax(-1)


def causal_mask(n_positions: int) -> Bool[torch.Tensor, "query key"]:
    """Return True where a query may look: at keys up to its own position."""
    return torch.ones(n_positions, n_positions).tril().bool()


def uniform_pattern(n_positions: int) -> Float[torch.Tensor, "query key"]:
    """Return the pattern that spreads attention evenly over the past: 1 / (query + 1)."""
    mask = causal_mask(n_positions).float()
    return mask / mask.sum(-1, keepdim=True)


def score_spread(scores: Scores) -> Float[torch.Tensor, "batch head query"]:
    """Return, for each query, the range of the scores it can see: largest minus smallest.

    A softmax doesn't feel a constant added to a row, so it is the range that makes a pattern
    uneven; half of it is the distance to the nearest constant row.
    """
    future = ~causal_mask(scores.shape[-1])
    largest = scores.masked_fill(future, -torch.inf).amax(-1)
    smallest = scores.masked_fill(future, torch.inf).amin(-1)
    return largest - smallest


def pattern_deviation(pattern: Pattern) -> Float[torch.Tensor, "batch head query key"]:
    """Return how far each attention weight lies from 1 / (query + 1), without sign."""
    return (pattern - uniform_pattern(pattern.shape[-1])).abs()

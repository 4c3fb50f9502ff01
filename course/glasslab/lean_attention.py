"""The logits of a one-layer attention-only model where they are asked for: for fast training.

What attention reads of a token depends on that token and its position alone, LayerNorm included,
because nothing was moved before it. So queries, keys and values are one small table, computed once
a step instead of once for each of the batch's tokens. Only the queries, and all that follows them,
at positions that are scored are computed at all: in a list of ten with its answer, 10 of 21.

Source of the decomposition: Elhage et al., "A Mathematical Framework for Transformer Circuits".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int

from glasslab.tasks.base import ModelConfig, Tokens


def covers(config: ModelConfig) -> bool:
    """Return whether `lean_attention_logits` can compute a model of this shape."""
    return (
        config.n_layers == 1 and config.d_mlp is None and config.normalization_type in (None, "LN")
    )


def lean_attention_logits(
    weights: Mapping[str, torch.Tensor], tokens: Tokens, *, n_heads: int, scored: range
) -> Float[torch.Tensor, "batch scored output"]:
    """Return the logits of the model with these weights: the bridge's, up to float rounding.

    Args:
        weights: The ``state_dict`` of a model whose shape `covers` accepts; gradients flow to
            those entries that want them.
        tokens: Token ids ``[batch position]``.
        n_heads: How many heads the model has.
        scored: The positions whose logits are wanted.
    """
    tokens = tokens[:, : scored.stop]  # Nothing that is wanted looks at what comes later.
    batch, length = tokens.shape
    table = _tabulate(weights, length, n_heads, scored)
    d_vocab, d_head = len(weights["embed.weight"]), table.key.shape[-1]

    heads = torch.arange(n_heads)[:, None]
    at_key = _places(tokens, d_vocab)[:, None] + heads * length * d_vocab
    asking = _places(tokens[:, scored.start :: scored.step], d_vocab)
    at_query = asking[:, None] + heads * len(scored) * d_vocab

    query = _look_up(table.query, at_query).flatten(0, 1)
    key = _look_up(table.key, at_key).flatten(0, 1)
    later = torch.arange(length) > torch.tensor(scored)[:, None]
    future = query.new_zeros(later.shape).masked_fill(later, -torch.inf)
    pattern = torch.baddbmm(future, query, key.mT, alpha=d_head**-0.5).softmax(-1)

    # Heads side by side, as if one head had `n_heads` times the sources: one product adds them up.
    pattern = pattern.unflatten(0, (batch, n_heads)).transpose(1, 2).flatten(2)
    moved = _look_up(table.moved, at_key).flatten(1, 2)
    resid = torch.baddbmm(_look_up(table.direct, asking), pattern, moved)
    return F.linear(
        _norm(weights, "ln_final", resid), weights["unembed.weight"], weights["unembed.bias"]
    )


class _Table(NamedTuple):
    """What each token at each position contributes, before any sequence is seen."""

    query: Float[torch.Tensor, "head scored token d_head"]
    key: Float[torch.Tensor, "head position token d_head"]
    moved: Float[torch.Tensor, "head position token d_model"]
    direct: Float[torch.Tensor, "scored token d_model"]


def _tabulate(
    weights: Mapping[str, torch.Tensor], length: int, n_heads: int, scored: range
) -> _Table:
    """Tabulate queries, keys, values taken through the head's output, and the residual stream."""
    at_scored = slice(scored.start, scored.stop, scored.step)
    resid = weights["embed.weight"] + weights["pos_embed.weight"][:length, None]
    normed = _norm(weights, "blocks.0.ln1", resid)
    attn = "blocks.0.attn."

    def project(part: str, source: torch.Tensor) -> torch.Tensor:
        projected = F.linear(source, weights[f"{attn}{part}.weight"], weights[f"{attn}{part}.bias"])
        return projected.unflatten(-1, (n_heads, -1)).permute(2, 0, 1, 3)

    write = weights[f"{attn}o.weight"].unflatten(1, (n_heads, -1)).permute(1, 2, 0)
    return _Table(
        query=project("q", normed[at_scored]),
        key=project("k", normed),
        moved=project("v", normed) @ write[:, None],
        direct=resid[at_scored] + weights[f"{attn}o.bias"],
    )


def _norm(weights: Mapping[str, torch.Tensor], name: str, resid: torch.Tensor) -> torch.Tensor:
    """Apply a LayerNorm where the model has one."""
    if f"{name}.weight" not in weights:
        return resid
    return F.layer_norm(resid, resid.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"])


def _places(
    tokens: Int[torch.Tensor, "batch position"], d_vocab: int
) -> Int[torch.Tensor, "batch position"]:
    """Return the row of each (position, token) in a table that was flattened."""
    return tokens + d_vocab * torch.arange(tokens.shape[1])


def _look_up(table: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    rows = table.reshape(-1, table.shape[-1]).index_select(0, places.flatten())
    return rows.unflatten(0, places.shape)

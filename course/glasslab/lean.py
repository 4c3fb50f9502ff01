"""The logits of a one-layer model by its circuits, without a residual stream: for fast training.

Without normalisation everything before the MLP's relu is linear, so what a token at a position
contributes is known before any sequence is seen: its query and key, what its value makes the MLP
and the outputs read (the OV circuit), and what they read of it directly. All that is one small
table, computed once a step instead of once for each of the batch's tokens.

Source of the decomposition: Elhage et al., "A Mathematical Framework for Transformer Circuits".
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from jaxtyping import Float

from glasslab.tasks.base import ModelConfig, Tokens


def covers(config: ModelConfig) -> bool:
    """Return whether `lean_logits` can compute a model of this shape."""
    return (
        (config.n_layers, config.n_heads, config.act_fn) == (1, 1, "relu")
        and config.d_mlp is not None
        and config.normalization_type is None
    )


def lean_logits(
    weights: Mapping[str, torch.Tensor], tokens: Tokens
) -> Float[torch.Tensor, "batch position output"]:
    """Return the logits of the model with these weights: the bridge's, up to float rounding.

    Args:
        weights: The ``state_dict`` of a model whose shape `covers` accepts; gradients flow to
            those entries that want them.
        tokens: Token ids ``[batch position]``.
    """
    length = tokens.shape[1]
    d_head, d_vocab = len(weights["blocks.0.attn.q.bias"]), len(weights["embed.weight"])
    d_mlp, d_out = len(weights["blocks.0.mlp.in.bias"]), len(weights["unembed.bias"])

    table = _contributions(weights, length).flatten(0, 1)
    places = (tokens + d_vocab * torch.arange(length)).flatten()
    rows = table.index_select(0, places).unflatten(0, tokens.shape)
    query, key, moved, direct = rows.split((d_head, d_head, d_mlp + d_out, d_mlp + d_out), dim=-1)

    future = torch.full((length, length), -torch.inf).triu(1)
    pattern = torch.baddbmm(future, query, key.mT, alpha=d_head**-0.5).softmax(-1)
    before_relu, logits = torch.baddbmm(direct, pattern, moved).split((d_mlp, d_out), dim=-1)

    unembed = weights["unembed.weight"]
    neurons_to_logits = unembed @ weights["blocks.0.mlp.out.weight"]
    return logits + F.linear(
        before_relu.relu(), neurons_to_logits, unembed @ weights["blocks.0.mlp.out.bias"]
    )


def _contributions(
    weights: Mapping[str, torch.Tensor], length: int
) -> Float[torch.Tensor, "position token contribution"]:
    """Tabulate query, key, and what MLP and outputs read by way of attention and directly."""
    resid = weights["embed.weight"] + weights["pos_embed.weight"][:length, None]
    attn = "blocks.0.attn."
    query, key, value = (
        F.linear(resid, weights[f"{attn}{part}.weight"], weights[f"{attn}{part}.bias"])
        for part in "qkv"
    )
    readers = torch.cat([weights["blocks.0.mlp.in.weight"], weights["unembed.weight"]])
    offset = torch.cat([weights["blocks.0.mlp.in.bias"], weights["unembed.bias"]])
    moved = F.linear(value, readers @ weights[f"{attn}o.weight"])
    direct = F.linear(resid + weights[f"{attn}o.bias"], readers, offset)
    return torch.cat([query, key, moved, direct], dim=-1)

"""The forward pass of a course model without hooks or caches: half the time a training step takes."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from jaxtyping import Float

from glasslab.tasks.base import ModelConfig, Tokens


def covers(config: ModelConfig) -> bool:
    """Return whether `lean_logits` can compute a model of this shape."""
    return config.normalization_type is None and (config.d_mlp is None or config.act_fn == "relu")


def lean_logits(
    weights: Mapping[str, torch.Tensor], tokens: Tokens, config: ModelConfig
) -> Float[torch.Tensor, "batch position output"]:
    """Return the logits that a model with these weights gives: the same function as the bridge's.

    Args:
        weights: A model's ``state_dict``; gradients flow to those entries that want them.
        tokens: Token ids ``[batch position]``.
        config: The model's shape, one that `covers` accepts.
    """
    length = tokens.shape[1]
    future = torch.full((length, length), -torch.inf).triu(1)
    resid = F.embedding(tokens, weights["embed.weight"]) + weights["pos_embed.weight"][:length]
    for layer in range(config.n_layers):
        block = {
            name.removeprefix(f"blocks.{layer}."): value
            for name, value in weights.items()
            if name.startswith(f"blocks.{layer}.")
        }
        resid = resid + _attention(block, resid, future, config)
        if config.d_mlp is not None:
            hidden = F.linear(resid, block["mlp.in.weight"], block["mlp.in.bias"]).relu()
            resid = resid + F.linear(hidden, block["mlp.out.weight"], block["mlp.out.bias"])
    return F.linear(resid, weights["unembed.weight"], weights["unembed.bias"])


def _attention(
    block: Mapping[str, torch.Tensor],
    resid: Float[torch.Tensor, "batch position d_model"],
    future: Float[torch.Tensor, "query key"],
    config: ModelConfig,
) -> Float[torch.Tensor, "batch position d_model"]:
    # One product for q, k and v: the rows are many and the matrices small.
    weight = torch.cat([block[f"attn.{part}.weight"] for part in "qkv"])
    bias = torch.cat([block[f"attn.{part}.bias"] for part in "qkv"])
    query, key, value = (
        part.unflatten(-1, (config.n_heads, config.d_head)).transpose(1, 2).flatten(0, 1)
        for part in F.linear(resid, weight, bias).chunk(3, dim=-1)
    )
    scores = torch.baddbmm(future, query, key.mT, alpha=config.d_head**-0.5)
    mixed = (scores.softmax(-1) @ value).unflatten(0, (-1, config.n_heads)).transpose(1, 2)
    return F.linear(mixed.flatten(2), block["attn.o.weight"], block["attn.o.bias"])

"""A model with its LayerNorms folded away: all that is left of them is a division by one number.

LayerNorm takes the mean off, divides by the spread, then scales and shifts each channel. Scale and
shift belong to whoever reads, and taking the mean off may as well be done by whoever writes; behind
both, the spread is the root mean square of the stream. All of it is exact: `logits` of the folded
weights are the model's. A model without normalisation has nothing to fold and is left as it is: to
centre what it writes would make another model of it.
"""
# ruff: noqa: N815 (b_Q is the field's name, as W_Q is)

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.models import config_of
from glasslab.tasks.base import Tokens

Stream = Float[torch.Tensor, "batch position d_model"]
PerHead = Float[torch.Tensor, "head row column"]
HeadBias = Float[torch.Tensor, "head d_head"]


@dataclass(frozen=True)
class Folded:
    """The weights of a one-layer attention-only model, LayerNorms folded in; float64.

    Writers (``W_E``, ``W_pos``, ``W_O``, ``b_O``) and readers (``W_Q``, ``W_K``, ``W_V``, ``W_U``)
    have no mean over d_model, if there is a LayerNorm; readers read ``stream / scale(stream)``.
    """

    W_E: Float[torch.Tensor, "token d_model"]
    W_pos: Float[torch.Tensor, "position d_model"]
    W_Q: Float[torch.Tensor, "head d_model d_head"]
    b_Q: HeadBias
    W_K: Float[torch.Tensor, "head d_model d_head"]
    b_K: HeadBias
    W_V: Float[torch.Tensor, "head d_model d_head"]
    b_V: HeadBias
    W_O: Float[torch.Tensor, "head d_head d_model"]
    b_O: Float[torch.Tensor, " d_model"]
    W_U: Float[torch.Tensor, "d_model output"]
    b_U: Float[torch.Tensor, " output"]
    epsilon: float | None
    """What LayerNorm adds under the root; None where there is no LayerNorm."""

    @property
    def n_heads(self) -> int:
        """How many heads there are."""
        return len(self.W_Q)


def fold(model: TransformerBridge) -> Folded:
    """Fold a model's LayerNorms into the weights around them.

    Raises:
        ValueError: it has more than one layer, an MLP, or a normalisation other than LayerNorm.
    """
    config = config_of(model)
    problems = {
        "more than one layer": config.n_layers != 1,
        "an MLP": config.d_mlp is not None,
        "a normalisation that isn't LayerNorm": config.normalization_type not in (None, "LN"),
    }
    found = [problem for problem, present in problems.items() if present]
    if found:
        raise ValueError(f"This model can't be folded: it has {', '.join(found)}.")
    w = {name: weight.detach().double() for name, weight in model.state_dict().items()}
    normalised = config.normalization_type == "LN"

    def writer(weight: torch.Tensor) -> torch.Tensor:
        return weight - weight.mean(-1, keepdim=True) if normalised else weight

    def reader(norm: str, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a reader's weights ``[d_model out]`` and bias ``[out]``."""
        weight, bias = w[f"{name}.weight"].mT, w[f"{name}.bias"]
        if not normalised:
            return weight, bias
        bias = bias + w[f"{norm}.bias"] @ weight
        weight = w[f"{norm}.weight"][:, None] * weight
        return weight - weight.mean(0), bias

    def of_heads(part: str) -> tuple[PerHead, HeadBias]:
        weight, bias = reader("blocks.0.ln1", f"blocks.0.attn.{part}")
        by_head = weight.unflatten(1, (config.n_heads, config.d_head)).transpose(0, 1)
        return by_head, bias.unflatten(0, (config.n_heads, config.d_head))

    (W_Q, b_Q), (W_K, b_K), (W_V, b_V) = map(of_heads, "qkv")
    W_U, b_U = reader("ln_final", "unembed")
    return Folded(
        W_E=writer(w["embed.weight"]),
        W_pos=writer(w["pos_embed.weight"]),
        W_Q=W_Q,
        b_Q=b_Q,
        W_K=W_K,
        b_K=b_K,
        W_V=W_V,
        b_V=b_V,
        W_O=writer(w["blocks.0.attn.o.weight"].mT).unflatten(0, (config.n_heads, config.d_head)),
        b_O=writer(w["blocks.0.attn.o.bias"]),
        W_U=W_U,
        b_U=b_U,
        epsilon=float(model.cfg.eps) if normalised else None,
    )


def scale(
    folded: Folded, stream: Float[torch.Tensor, "*rest d_model"]
) -> Float[torch.Tensor, "*rest 1"]:
    """Return what readers divide a centred stream by: its root mean square; 1 without LayerNorm."""
    if folded.epsilon is None:
        return torch.ones_like(stream[..., :1])
    return (stream.square().mean(-1, keepdim=True) + folded.epsilon).sqrt()


def embedded(folded: Folded, tokens: Tokens) -> Stream:
    """Return the stream that the heads read, before it is divided by its scale."""
    return folded.W_E[tokens] + folded.W_pos[: tokens.shape[-1]]


def scores(folded: Folded, tokens: Tokens) -> Float[torch.Tensor, "batch head query key"]:
    """Return the attention scores q·k / √d_head before masking, in logits."""
    stream = embedded(folded, tokens)
    read = (stream / scale(folded, stream))[:, None]
    queries = read @ folded.W_Q + folded.b_Q[:, None]
    keys = read @ folded.W_K + folded.b_K[:, None]
    return queries @ keys.mT / folded.W_Q.shape[-1] ** 0.5


def pattern(
    scores: Float[torch.Tensor, "*rest query key"],
) -> Float[torch.Tensor, "*rest query key"]:
    """Return the causal softmax of scores."""
    past = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
    return scores.masked_fill(~past, -torch.inf).softmax(-1)


def written(
    folded: Folded, tokens: Tokens, attention: Float[torch.Tensor, "batch head query key"]
) -> Float[torch.Tensor, "batch head position d_model"]:
    """Return what each head writes under a given pattern; the output bias belongs to none."""
    stream = embedded(folded, tokens)
    read = (stream / scale(folded, stream))[:, None]
    return attention @ (read @ folded.W_V + folded.b_V[:, None]) @ folded.W_O


def logits(
    folded: Folded,
    tokens: Tokens,
    attention: Float[torch.Tensor, "batch head query key"] | None = None,
) -> Float[torch.Tensor, "batch position output"]:
    """Return the model's logits, computed from its folded weights.

    Args:
        folded: The weights.
        tokens: Token ids ``[batch position]``.
        attention: A pattern to use in place of the model's own.
    """
    own = pattern(scores(folded, tokens)) if attention is None else attention
    stream = embedded(folded, tokens) + written(folded, tokens, own).sum(1) + folded.b_O
    return stream / scale(folded, stream) @ folded.W_U + folded.b_U

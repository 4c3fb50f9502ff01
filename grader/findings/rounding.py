"""How far float32 logits can lie from those of exact arithmetic: an a-priori bound.

Classical forward error analysis (Higham, "Accuracy and Stability of Numerical Algorithms", §3.1):
with unit roundoff u = 2⁻²⁴, a sum of n products, added in whatever order, is off by at most
γ_n · Σ|products|, γ_n = n·u / (1 − n·u). The bound walks through the model as it is evaluated
(embed, queries and keys, scores, softmax, values, output, MLP, unembedding), carrying for each
coordinate the largest size that it can have at any token and position, and the error so far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from grader.findings.circuit import weights_of

UNIT = 2.0**-24
EXP_ROUNDINGS = 4
"""Units by which a vectorised exp may be off; the libraries' own claims are one or two."""

Vector = Float[torch.Tensor, "*rest coordinate"]


@dataclass(frozen=True)
class Sized:
    """Bounds for a vector: the size of each exact coordinate, and how far the computed one is."""

    size: Vector
    error: Vector

    def through(self, weight: torch.Tensor, bias: torch.Tensor) -> Sized:
        """Return the bounds after a linear layer ``[out in]``."""
        size = self.size @ weight.abs().T + bias.abs()
        own = gamma(weight.shape[1] + 1) * (size + self.error @ weight.abs().T)
        return Sized(size, self.error @ weight.abs().T + own)

    def plus(self, other: Sized) -> Sized:
        """Return the bounds of a sum."""
        size, error = self.size + other.size, self.error + other.error
        return Sized(size, error + UNIT * (size + error))

    def largest(self) -> Sized:
        """Return one bound for all positions and tokens."""
        return Sized(self.size.flatten(0, -2).amax(0), self.error.flatten(0, -2).amax(0))


def gamma(n: int) -> float:
    """Return Higham's γ_n, which bounds the relative error of n roundings."""
    return n * UNIT / (1 - n * UNIT)


def float32_error(model: TransformerBridge) -> float:
    """Return how far the difference of two float32 logits can be from the exact difference."""
    w = weights_of(model)
    exact = w["embed.weight"] + w["pos_embed.weight"][:, None]
    resid = Sized(exact.abs(), UNIT * exact.abs())
    query, key, value = (
        resid.through(w[f"attn.{part}.weight"], w[f"attn.{part}.bias"]).largest() for part in "qkv"
    )
    stream = resid.largest()
    mixed = _after_attention(query, key, value, n_keys=len(exact))
    stream = stream.plus(mixed.through(w["attn.o.weight"], w["attn.o.bias"]))
    if "mlp.in.weight" in w:
        hidden = stream.through(w["mlp.in.weight"], w["mlp.in.bias"])
        stream = stream.plus(hidden.through(w["mlp.out.weight"], w["mlp.out.bias"]))
    logits = stream.through(w["unembed.weight"], w["unembed.bias"])
    return float(logits.error.topk(2).values.sum())


def _after_attention(query: Sized, key: Sized, value: Sized, n_keys: int) -> Sized:
    """Return the bounds of Σ_j a_j v_j: an error of the scores is a factor in the weights."""
    d_head = len(query.size)
    full = (query.size + query.error) @ (key.size + key.error)
    slip = full - query.size @ key.size + gamma(d_head + 3) * full
    score, slip = float(full) / math.sqrt(d_head), float(slip) / math.sqrt(d_head)
    # Less the row's largest (rounded once), to the power of e, summed, divided.
    in_exponent = 2 * (slip + UNIT * 2 * (score + slip))
    factor = math.expm1(min(in_exponent, 700.0)) + 2 * gamma(EXP_ROUNDINGS + n_keys + 2)
    off = value.error + (factor + gamma(n_keys)) * (value.size + value.error) * (1 + factor)
    # However the weights are off, they sum to one: the mix is never larger than what is mixed.
    most = (2 * value.size + value.error) * (1 + 4 * gamma(n_keys + 2))
    return Sized(value.size, torch.minimum(off, most))

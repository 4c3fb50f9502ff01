"""A one-layer, one-head model folded into tables: what unit 06 needs before it can prove a thing.

Without normalisation all that happens before the ReLU is linear, so what a token at a position
scores, and what the head would write for it, is known before any sequence is seen. Everything here
is float64, made from the float32 weights by rule, and nothing is sampled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float

Weights = Mapping[str, torch.Tensor]
"""A model's ``state_dict()``: tensors by name."""

HALF_ULP = 2.0**-24
"""The relative error of one rounding in float32."""


@dataclass(frozen=True)
class Folded:
    """A model as tables. A *key* is a position that is looked at; *last* is the looking token."""

    scores: Float[torch.Tensor, "position last key token"]
    """The score that token ``last`` at ``position`` gives to ``token`` at ``key``, future too."""
    written: Float[torch.Tensor, "key token d_model"]
    """What the head would write if it gave all its attention to that token there, biases too."""
    direct: Float[torch.Tensor, "position last d_model"]
    """The embedding of the token plus that of the position: what the skip path carries."""
    W_in: Float[torch.Tensor, "neuron d_model"]
    b_in: Float[torch.Tensor, " neuron"]
    W_out: Float[torch.Tensor, "d_model neuron"]
    b_out: Float[torch.Tensor, " d_model"]
    W_U: Float[torch.Tensor, "output d_model"]
    b_U: Float[torch.Tensor, " output"]  # noqa: N815


@dataclass(frozen=True)
class MarginLine:
    """How one margin (label less another output) at one position depends on the height x.

    ``start + slope·x + Σ_k pushes_k · relu(readings_k + rates_k·x)``, give or take ``slack``.
    """

    start: Float[torch.Tensor, " last"]
    slope: float
    readings: Float[torch.Tensor, "last neuron"]
    rates: Float[torch.Tensor, " neuron"]
    pushes: Float[torch.Tensor, " neuron"]
    slack: Float[torch.Tensor, " last"]


def fold(weights: Weights) -> Folded:
    """Fold a model's weights into tables.

    Args:
        weights: The ``state_dict()`` of a one-layer, one-head model with an MLP and no norm.
    """
    w = {name: tensor.double() for name, tensor in weights.items()}
    direct = w["embed.weight"] + w["pos_embed.weight"][:, None]
    attn, mlp = "blocks.0.attn.", "blocks.0.mlp."

    def linear(x: torch.Tensor, name: str) -> torch.Tensor:
        return F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])

    queries, keys, values = (linear(direct, attn + part) for part in "qkv")
    return Folded(
        scores=torch.einsum("plh,kth->plkt", queries, keys) / queries.shape[-1] ** 0.5,
        written=linear(values, attn + "o"),
        direct=direct,
        W_in=w[f"{mlp}in.weight"],
        b_in=w[f"{mlp}in.bias"],
        W_out=w[f"{mlp}out.weight"],
        b_out=w[f"{mlp}out.bias"],
        W_U=w["unembed.weight"],
        b_U=w["unembed.bias"],
    )


def main_direction(weights: Weights) -> Float[torch.Tensor, " d_model"]:
    """Return u of unit 03 in float64: the head writes most along it, +5 further than −5."""
    written = fold(weights).written[0]
    u = torch.linalg.svd(written - written.mean(0), full_matrices=False).Vh[0]
    return u if (written[-1] - written[0]) @ u >= 0 else -u


def furthest_from_uniform(folded: Folded, position: int) -> Float[torch.Tensor, " last"]:
    """Bound how much attention a query at a position can have out of place (total variation).

    Scores that all lie within a range r give a pattern at most tanh(r/4) from uniform.
    """
    seen = _seen_scores(folded, position)
    return torch.tanh((seen.amax(1) - seen.amin(1)) / 4)


def margin_line(
    folded: Folded, u: Float[torch.Tensor, " d_model"], position: int, label: int, other: int
) -> MarginLine:
    """Return how a margin at a position depends on the height x that the head writes along u.

    What the head writes across u is not tracked: its uniform mean goes into the readings, and how
    far it can be from that, for whatever tokens, is charged as ``slack``. A ReLU passes on at most
    what it gets, so a neuron's share is charged as if it were open.

    Args:
        folded: The model.
        u: A unit vector; x is u · (what the head writes).
        position: Where the answer is read.
        label: The output that should win.
        other: One that should not.
    """
    output = folded.W_U[label] - folded.W_U[other]
    pushes = output @ folded.W_out
    readers = torch.cat([folded.W_in, output[None]])
    written = folded.written[: position + 1]
    across = (written - (written @ u)[..., None] * u) @ readers.T  # [key token reader]
    low, high = across.amin(1).mean(0), across.amax(1).mean(0)  # under uniform attention
    reach = across.amax((0, 1)) - across.amin((0, 1))
    uneven = furthest_from_uniform(folded, position)[:, None] * reach
    half = (high - low) / 2 + uneven  # [last reader]
    middle = folded.direct[position] @ readers.T + (high + low) / 2
    offset = output @ folded.b_out + folded.b_U[label] - folded.b_U[other]
    return MarginLine(
        start=middle[:, -1] + offset,
        slope=float(output @ u),
        readings=middle[:, :-1] + folded.b_in,
        rates=folded.W_in @ u,
        pushes=pushes,
        slack=half[:, -1] + half[:, :-1] @ pushes.abs(),
    )


def rounding_bound(weights: Weights) -> float:
    """Bound how far rounding in float32 can move a margin of this model, in logits.

    Follows, entry by entry, how large a number can be and how wrong: a sum of n products, in
    whatever order, is off by at most γ = n·2⁻²⁴ / (1 − n·2⁻²⁴) of the sum of their sizes.
    Source: N. Higham, "Accuracy and Stability of Numerical Algorithms", chapter 3.
    """
    w = {name: tensor.double() for name, tensor in weights.items()}
    attn, mlp = "blocks.0.attn.", "blocks.0.mlp."
    length = len(w["pos_embed.weight"])

    def linear(x: _Rough, name: str) -> _Rough:
        matrix, bias = w[f"{name}.weight"].abs(), w[f"{name}.bias"].abs()
        size, error = x.size @ matrix.T + bias, x.error @ matrix.T
        return _Rough(size, error + _gamma(matrix.shape[1] + 1) * (size + error))

    exact = (w["embed.weight"] + w["pos_embed.weight"][:, None]).abs()
    direct = _Rough(exact, HALF_ULP * exact)
    query, key, value = (linear(direct, attn + part).largest() for part in "qkv")
    direct = direct.largest()
    products = query.size @ key.size
    score_error = float(
        query.size @ key.error
        + key.size @ query.error
        + query.error @ key.error
        + _gamma(len(query.size) + 2) * products
        + 2 * HALF_ULP * products  # the softmax takes a row's largest score off first
    ) / math.sqrt(len(query.size))
    # exp doubles the error of a difference of scores; then the softmax sums and divides.
    weight_error = math.expm1(min(2 * score_error, 700.0)) + _gamma(length + 16)
    spread = (weight_error + _gamma(length) * (1 + weight_error)) * (value.size + value.error)
    moved = _Rough(value.size, value.error + spread)
    stream = direct + linear(moved, attn + "o")
    logits = linear(stream + linear(linear(stream, mlp + "in"), mlp + "out"), "unembed")
    return 2 * float(logits.error.max())


@dataclass(frozen=True)
class _Rough:
    """Numbers known roughly: how large each may be, and how wrong."""

    size: torch.Tensor
    error: torch.Tensor

    def __add__(self, other: _Rough) -> _Rough:
        size = self.size + other.size
        error = self.error + other.error
        return _Rough(size, error + HALF_ULP * (size + error))

    def largest(self) -> _Rough:
        """Return one bound for all positions and tokens."""
        return _Rough(self.size.amax((0, 1)), self.error.amax((0, 1)))


def _gamma(n: int) -> float:
    return n * HALF_ULP / (1 - n * HALF_ULP)


def _seen_scores(folded: Folded, position: int) -> Float[torch.Tensor, "last score"]:
    """Return all scores that a query can meet: of any token earlier, and of itself where it is."""
    scores = folded.scores[position]
    own = scores[:, position].diagonal()
    return torch.cat([scores[:, :position].flatten(1), own[:, None]], dim=1)

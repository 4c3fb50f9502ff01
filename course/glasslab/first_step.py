"""What a sorting model's first answer is made of: tables that unit 12 proves things from.

At SEP the model has to name the least number. Its only layer reads a key and a value from each
place, and these depend on the place and on the number that stands there, on nothing else. So what
SEP scores there, and what the heads would write for it, is known before any list is seen. Float64,
made from the float32 weights by rule; nothing is sampled. LayerNorm's scales and shifts are
multiplied in where they belong; what remains of the last one is a division by one positive number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float

from glasslab.bridge import TransformerBridge

HALF_ULP = 2.0**-24
"""The relative error of one rounding in float32."""


@dataclass(frozen=True)
class FirstStep:
    """A model's logits at SEP, as tables.

    ``logits = (direct + Σ over heads and places of attention · reads) / divisor + constant``

    SEP itself is looked at too. It has one place only, so its entries are the same for all places:
    in a list each number stands somewhere, and SEP is always there.
    """

    scores: Float[torch.Tensor, "head place token"]
    """The score that SEP gives to a token at a place; attention is their softmax."""
    reads: Float[torch.Tensor, "head place token output"]
    """What the head would add to each logit, before the division, were all attention there."""
    direct: Float[torch.Tensor, " output"]
    """What the way round the heads and the output bias add, before the division."""
    constant: Float[torch.Tensor, " output"]
    """What is added to each logit after the division."""
    divisors: tuple[float, float]
    """The ends of a range that the divisor lies in, whatever the list; (1, 1) without LayerNorm."""
    rounding: float
    """How far float32 can move a difference of two logits times the divisor, at most."""


def first_step(model: TransformerBridge) -> FirstStep:
    """Tabulate a one-layer attention-only model's answer at SEP, the last token of its vocabulary.

    Args:
        model: Its context has room for a list, SEP and the list again.
    """
    w = {name: weight.detach().double() for name, weight in model.state_dict().items()}
    attn, n_heads = "blocks.0.attn.", model.cfg.n_heads
    epsilon = float(model.cfg.eps) if "ln_final.weight" in w else None
    sep, n_places = len(w["embed.weight"]) - 1, (len(w["pos_embed.weight"]) - 1) // 2
    places = torch.arange(n_places)[:, None].expand(n_places, sep + 1).clone()
    places[:, sep] = n_places  # SEP has a place of its own
    stream = w["embed.weight"] + w["pos_embed.weight"][places]  # [place token d_model]
    own = stream[0, sep]

    exact = _Rough(stream, HALF_ULP * stream.abs())
    read = exact.normed(w, "blocks.0.ln1", epsilon)
    query, keys, values = (
        rough.linear(w[f"{attn}{part}.weight"], w[f"{attn}{part}.bias"]).heads(n_heads)
        for rough, part in ((read[0, sep], "q"), (read, "k"), (read, "v"))
    )
    scores = _scores(query, keys)
    W_O = w[f"{attn}o.weight"].mT.unflatten(0, (n_heads, -1))  # [head d_head d_model]
    writes = torch.einsum("pthd,hdm->hptm", values.value, W_O)
    direct = own + w[f"{attn}o.bias"]

    if epsilon is None:
        reader, constant, divisors = w["unembed.weight"], w["unembed.bias"], (1.0, 1.0)
    else:
        # Taking the mean off what is written, here, is what LayerNorm does to the sum of it all.
        writes, direct = (each - each.mean(-1, keepdim=True) for each in (writes, direct))
        reader = w["unembed.weight"] * w["ln_final.weight"]
        constant = w["unembed.weight"] @ w["ln_final.bias"] + w["unembed.bias"]
        # A head writes a mean of what it could write: no longer than the longest.
        longest = float(direct.norm() + writes.norm(dim=-1).flatten(1).amax(1).sum())
        divisors = (math.sqrt(epsilon), math.sqrt(longest**2 / len(direct) + epsilon))

    mixed = _mixed(values, n_keys=n_places + 1)
    end = exact[0, sep].plus(mixed.linear(w[f"{attn}o.weight"], w[f"{attn}o.bias"]))
    astray = _out_of_place(scores)
    reads = writes @ reader.T
    return FirstStep(
        scores=scores.value,
        reads=reads,
        direct=direct @ reader.T,
        constant=constant,
        divisors=divisors,
        rounding=_last_rounding(
            w, end, divisors[1], shaken=astray @ _range(writes), misread=astray @ _range(reads)
        ),
    )


@dataclass(frozen=True)
class _Rough:
    """Numbers as a float32 run has them: their exact values (or sizes), and how far off they are.

    Source of the bounds: N. Higham, "Accuracy and Stability of Numerical Algorithms", chapter 3.
    A sum of n products, in whatever order, is off by at most γ_n of the sum of their sizes.
    """

    value: torch.Tensor
    error: torch.Tensor

    def __getitem__(self, place: tuple[int, ...]) -> _Rough:
        return _Rough(self.value[place], self.error[place])

    def most(self) -> torch.Tensor:
        """Return how large each number that was computed can be."""
        return self.value.abs() + self.error

    def plus(self, other: _Rough) -> _Rough:
        """Return bounds for a sum of which only the size is wanted."""
        size, error = self.value.abs() + other.value.abs(), self.error + other.error
        return _Rough(size, error + HALF_ULP * (size + error))

    def heads(self, n_heads: int) -> _Rough:
        """Return the last axis split by heads."""
        return _Rough(*(each.unflatten(-1, (n_heads, -1)) for each in (self.value, self.error)))

    def linear(self, weight: torch.Tensor, bias: torch.Tensor) -> _Rough:
        """Return what a linear layer ``[out in]`` makes of them."""
        sizes = weight.abs().mT
        own = _gamma(weight.shape[1] + 1) * (self.most() @ sizes + bias.abs())
        return _Rough(self.value @ weight.mT + bias, self.error @ sizes + own)

    def normed(self, w: dict[str, torch.Tensor], name: str, epsilon: float | None) -> _Rough:
        """Return what a LayerNorm makes of them, if there is one."""
        if epsilon is None:
            return self
        weight, bias = w[f"{name}.weight"], w[f"{name}.bias"]
        mean = self.value.mean(-1, keepdim=True)
        centred = self.value - mean
        square = centred.square().mean(-1, keepdim=True) + epsilon
        # The root of a number that is off by a share x is off by less than .6 x, if x < .2; and
        # dividing by it then by less than .7 x.
        share = self.square_slip(square.sqrt()) / square
        slip = (0.7 * share + 8 * HALF_ULP).where(share < 0.2, torch.inf)
        unit = centred / square.sqrt()
        error = self.centring_error() / square.sqrt() * (1 + slip) + slip * unit.abs()
        value = unit * weight + bias
        return _Rough(value, error * weight.abs() + 4 * HALF_ULP * (value.abs() + bias.abs()))

    def centring_error(self) -> torch.Tensor:
        """Return how far off they are once their mean is taken off, by whatever formula."""
        most = self.most()
        mean = most.mean(-1, keepdim=True)
        of_mean = self.error.mean(-1, keepdim=True) + _gamma(most.shape[-1] + 1) * mean
        return self.error + of_mean + 4 * HALF_ULP * (most + mean)

    def square_slip(self, root: torch.Tensor | float) -> torch.Tensor:
        """Return how far off their mean square is, about their mean; ``root`` is its root."""
        moved = self.error.square().mean(-1, keepdim=True).sqrt()
        own = 3 * _gamma(self.error.shape[-1] + 4)  # as E x² − (E x)²; two passes are better
        return 2 * root * moved + moved**2 + own * self.most().square().mean(-1, keepdim=True)


def _scores(query: _Rough, keys: _Rough) -> _Rough:
    """Return SEP's scores ``[head place token]``."""
    d_head = query.value.shape[-1]

    def dot(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return torch.einsum("hd,pthd->hpt", one, other) / math.sqrt(d_head)

    most = dot(query.most(), keys.most())
    slack = most - dot(query.value.abs(), keys.value.abs())
    return _Rough(dot(query.value, keys.value), slack + _gamma(d_head + 4) * most)


def _out_of_place(scores: _Rough) -> Float[torch.Tensor, " head"]:
    """Return how much attention rounding can put out of place (total variation), for each head.

    If log weights are off by at most x either way, it is tanh(x / 2). They are off by what scores
    are, and by subtracting the row's largest, exponentiating and dividing.
    """
    slip, largest = (each.flatten(1).amax(1) for each in (scores.error, scores.most()))
    return torch.tanh((slip + 2 * HALF_ULP * largest + 8 * HALF_ULP) / 2)


def _mixed(values: _Rough, n_keys: int) -> _Rough:
    """Return sizes and errors of a weighted mean of values, heads side by side.

    The weights sum to one, but for their own rounding; how they are out of place isn't in here.
    """
    size, error = (each.flatten(0, 1).amax(0).flatten() for each in (values.most(), values.error))
    return _Rough(size, error + _gamma(2 * n_keys + 8) * size)


def _last_rounding(
    w: dict[str, torch.Tensor],
    end: _Rough,
    divisor: float,
    shaken: Float[torch.Tensor, " d_model"],
    misread: Float[torch.Tensor, " output"],
) -> float:
    """Bound how far a difference of two logits, times the divisor, can be off.

    Args:
        w: The model's weights.
        end: The stream before the last LayerNorm, attention that is out of place aside.
        divisor: The largest.
        shaken: What attention that is out of place does to the stream,
        misread: and to the logits before the division.
    """
    reader, constant = w["unembed.weight"].abs(), w["unembed.bias"].abs()
    error, size, moved = end.error, end.most() + shaken, torch.zeros(1)
    if "ln_final.weight" in w:
        error = end.centring_error()
        # Two roots lie no further apart than the root of what lies between their squares.
        moved = _Rough(end.value, end.error + shaken).square_slip(divisor).sqrt()
        constant = reader @ w["ln_final.bias"].abs() + constant
        reader = reader * w["ln_final.weight"].abs()
        size = size + size.mean() + error
    own = _gamma(len(size) + 8) * (reader @ size + (divisor + moved) * constant)
    return float((misread + reader @ error + own + moved * constant).topk(2).values.sum())


def _range(table: Float[torch.Tensor, "head place token entry"]) -> torch.Tensor:
    """Return, for each head and entry, how far apart the largest and the least are."""
    flat = table.flatten(1, 2)
    return flat.amax(1) - flat.amin(1)


def _gamma(n: int) -> float:
    return n * HALF_ULP / (1 - n * HALF_ULP)

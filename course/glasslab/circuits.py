"""Circuits written by hand: a dict of named arrays, its model, its size, and its exact worst case.

The shape is fixed: one layer, one head that attends to its whole past alike (queries and keys are
zero), the skip path, no MLP, no normalisation, three outputs. What such a model says at position n
depends on the past through averages alone, so a dynamic programme over sums finds the worst of all
sequences exactly, whatever the embeddings are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from glasslab.bridge import TransformerBridge
from glasslab.models import build_model, freeze
from glasslab.tasks.base import ModelConfig

Table = Float[torch.Tensor, "token output"]

N_OUTPUTS = 3
MOST_CHANNELS = 64
SMALLEST, LARGEST = 1e-6, 1e6
"""Sizes between which every number other than zero must lie: no overflow, nothing vanishes."""
UNIT_ROUNDOFF = 2.0**-24
"""Of float32: the largest relative error of one operation."""


@dataclass(frozen=True)
class Circuit:
    """The weights of a hand-made circuit in float32, all of them, of sizes that fit."""

    W_E: Float[torch.Tensor, "token d_model"]
    W_pos: Float[torch.Tensor, "position d_model"]
    W_V: Float[torch.Tensor, "d_model d_head"]
    b_V: Float[torch.Tensor, " d_head"]  # noqa: N815
    W_O: Float[torch.Tensor, "d_head d_model"]
    b_O: Float[torch.Tensor, " d_model"]  # noqa: N815
    W_U: Float[torch.Tensor, "d_model output"]
    b_U: Float[torch.Tensor, " output"]  # noqa: N815

    @property
    def nonzero(self) -> int:
        """How many numbers other than zero there are, embeddings, positions and biases included."""
        return sum(int(torch.count_nonzero(getattr(self, one.name))) for one in fields(self))

    @property
    def largest(self) -> float:
        """The largest number, in size."""
        return max(float(getattr(self, one.name).abs().max()) for one in fields(self))


@dataclass(frozen=True)
class WorstCase:
    """What holds on every sequence of a length, and the sequence on which least holds."""

    margin: float
    """Right logit less the best other one, at its smallest over all sequences and positions; exact
    but for float64."""
    rounding: float
    """By how much a margin that float32 computes may differ from the exact one."""
    loss: float
    """No sequence has a larger cross-entropy at any position, in nats; exact arithmetic."""
    states: int
    """How many (position, sum of the earlier tokens, last token) were examined."""
    wrong_states: int
    """In how many of them some sequence isn't right by more than the rounding."""
    witness: list[int]
    """Token ids up to the position of the smallest margin."""

    @property
    def always_right(self) -> bool:
        """Whether float32 gives the right answer on every sequence, proved."""
        return self.wrong_states == 0


def read_circuit(weights: Mapping[str, Any], n_ctx: int, max_value: int) -> Circuit:
    """Read a dict of named arrays as a circuit; names left out are zero.

    Args:
        weights: ``W_E``, ``W_V``, ``W_O`` and ``W_U``; if wanted ``W_pos``, ``b_V``, ``b_O`` and
            ``b_U``. Shapes as in `Circuit`.
        n_ctx: Number of positions.
        max_value: Largest value; the tokens stand for −max_value..max_value.

    Raises:
        ValueError: a name, a shape or a number isn't as it must be.
    """
    if not isinstance(weights, Mapping):
        raise ValueError("A circuit is a dict of named arrays.")
    given = {name: _as_table(name, weights[name]) for name in weights}
    names = [one.name for one in fields(Circuit)]
    if strange := [name for name in given if name not in names]:
        raise ValueError(f"A circuit has no {strange[0]!r}; its names are {', '.join(names)}.")
    if missing := [name for name in ("W_E", "W_V", "W_O", "W_U") if name not in given]:
        raise ValueError(f"The circuit lacks {missing[0]!r}.")
    for name in ("W_E", "W_V"):
        if given[name].ndim != 2 or not 1 <= given[name].shape[1] <= MOST_CHANNELS:
            raise ValueError(
                f"{name} has two axes, and the second has 1 to {MOST_CHANNELS} entries."
            )
    d_model, d_head = given["W_E"].shape[1], given["W_V"].shape[1]
    shapes = {
        "W_E": (2 * max_value + 1, d_model),
        "W_pos": (n_ctx, d_model),
        "W_V": (d_model, d_head),
        "b_V": (d_head,),
        "W_O": (d_head, d_model),
        "b_O": (d_model,),
        "W_U": (d_model, N_OUTPUTS),
        "b_U": (N_OUTPUTS,),
    }
    for name, table in given.items():
        if tuple(table.shape) != shapes[name]:
            raise ValueError(
                f"{name} must be of shape {list(shapes[name])}, and is {list(table.shape)}."
            )
    return Circuit(**{name: given.get(name, torch.zeros(shapes[name])) for name in names})


def build_circuit_model(circuit: Circuit) -> TransformerBridge:
    """Build the transformer that a circuit describes: a bridge with hooks and caches, as ever."""
    d_model, d_head = circuit.W_V.shape
    model = build_model(
        ModelConfig(
            n_ctx=len(circuit.W_pos),
            d_vocab=len(circuit.W_E),
            d_vocab_out=N_OUTPUTS,
            d_model=d_model,
            d_head=d_head,
            d_mlp=None,
        )
    )
    written = {
        "embed.weight": circuit.W_E,
        "pos_embed.weight": circuit.W_pos,
        "blocks.0.attn.v.weight": circuit.W_V.T,
        "blocks.0.attn.v.bias": circuit.b_V,
        "blocks.0.attn.o.weight": circuit.W_O.T,
        "blocks.0.attn.o.bias": circuit.b_O,
        "unembed.weight": circuit.W_U.T,
        "unembed.bias": circuit.b_U,
    }
    blank = {name: torch.zeros_like(old) for name, old in model.state_dict().items()}
    model.load_state_dict(blank | written, strict=True)
    return freeze(model)


def worst_case(weights: Mapping[str, Any] | Circuit, n_ctx: int, max_value: int) -> WorstCase:
    """Find what a circuit does on the worst of all sequences of every length up to ``n_ctx``.

    Raises:
        ValueError: the weights aren't a circuit.
    """
    circuit = weights if isinstance(weights, Circuit) else read_circuit(weights, n_ctx, max_value)
    exact = {one.name: getattr(circuit, one.name).double() for one in fields(circuit)}
    size = {name: table.abs() for name, table in exact.items()}
    averaged, own = _paths(**exact)
    most_averaged, most_own = _paths(**size)
    return worst_of_averages(
        averaged,
        own,
        rounding=_rounding(
            2 * circuit.W_V.shape[0] + circuit.W_V.shape[1] + n_ctx + 16,
            float(most_averaged.max() + most_own.max()),
        ),
    )


def worst_case_of_head(
    model: TransformerBridge,
    W_U: Float[torch.Tensor, "d_model output"],
    b_U: Float[torch.Tensor, " output"],
) -> WorstCase:
    """Find the worst case of a model of which only the head is left, with another unembedding.

    Queries, keys, positions, the skip path and the MLP are cut: the logits are ``W_U`` and ``b_U``
    applied to what the head writes when it looks at its whole past alike.
    """
    size = {"W_V": model.W_V[0, 0], "W_O": model.W_O[0, 0], "b_V": model.b_V[0, 0]}
    head = {name: table.detach().double() for name, table in size.items()}
    b_O, W_E = model.b_O[0].detach().double(), model.W_E.detach().double()
    W_U, b_U = (torch.as_tensor(given, dtype=torch.float32).double() for given in (W_U, b_U))

    def logits(W_E, W_V, W_O, b_V, b_O, W_U, b_U):
        return W_E @ W_V @ W_O @ W_U, (b_V @ W_O + b_O) @ W_U + b_U

    averaged, constant = logits(W_E, b_O=b_O, W_U=W_U, b_U=b_U, **head)
    most, most_constant = logits(
        W_E.abs(),
        b_O=b_O.abs(),
        W_U=W_U.abs(),
        b_U=b_U.abs(),
        **{name: table.abs() for name, table in head.items()},
    )
    n_ctx = model.cfg.n_ctx
    operations = 2 * W_E.shape[1] + head["W_V"].shape[1] + n_ctx + 16
    return worst_of_averages(
        averaged,
        constant.expand(n_ctx, len(W_E), N_OUTPUTS),
        rounding=_rounding(operations, float(most.max() + most_constant.max())),
    )


def worst_of_averages(
    averaged: Float[torch.Tensor, "token output"],
    own: Float[torch.Tensor, "position token output"],
    *,
    rounding: float = 0.0,
) -> WorstCase:
    """Find the worst case of logits that are an average over the past plus a part of the present.

    At position n (from 0) the logits are ``averaged[tokens[: n + 1]].mean(0) + own[n, tokens[n]]``.

    Args:
        averaged: What each token adds wherever it stands, ``[token output]``, float64.
        own: What the newest token adds at its position, float64.
        rounding: How far a margin must be above zero to count.
    """
    n_ctx, n_tokens = own.shape[:2]
    max_value = n_tokens // 2
    least = _least_sums(averaged, n_ctx - 1)
    margins = _state_margins(averaged, own, least)  # NaN where no sequence comes
    reached = ~margins[..., 0].isnan()
    smallest = margins.amin(-1).nan_to_num(nan=torch.inf)
    losses = (-margins[reached]).exp().sum(-1).log1p()
    position, column, last = np.unravel_index(int(smallest.argmin()), smallest.shape)
    other = int(margins[position, column, last].argmin())
    total = int(column) - max_value * (n_ctx - 1)
    right = _sign_class(total + int(last) - max_value)
    gain = averaged[:, right] - averaged[:, _others(right)[other]]
    witness = [*_backtrack(gain, int(position), total), int(last)]
    return WorstCase(
        margin=float(smallest.min()),
        rounding=rounding,
        loss=float(losses.max()),
        states=int(reached.sum()),
        wrong_states=int((smallest[reached] <= rounding).sum()),
        witness=witness,
    )


def _rounding(operations: int, largest: float) -> float:
    """Return the most by which float32 can be off in the difference of two logits.

    A logit is a sum of products of weights; every operation on the way changes each such product by
    a relative error of at most one unit roundoff (Higham, Accuracy and Stability, section 3.1).

    Args:
        operations: No product goes through more operations than this.
        largest: The largest sum of the products' sizes.
    """
    return 2 * largest * operations * UNIT_ROUNDOFF / (1 - operations * UNIT_ROUNDOFF)


def _as_table(name: str, value: Any) -> torch.Tensor:
    try:
        array = np.asarray(value.detach() if isinstance(value, torch.Tensor) else value)
        if array.dtype.kind not in "biuf":
            raise ValueError
        table = torch.from_numpy(array.astype(np.float64))
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name} is not an array of numbers.") from error
    table = torch.where(table.isnan(), torch.inf, table)
    least = SMALLEST * (1 - UNIT_ROUNDOFF)  # a millionth, in float32, may be a little less
    if bool(((table != 0) & ((table.abs() < least) | (table.abs() > LARGEST))).any()):
        raise ValueError(
            f"{name} holds a number that is neither 0 nor of a size from {SMALLEST:g} to "
            f"{LARGEST:,.0f}."
        )
    return table.float()


def _paths(
    W_E: torch.Tensor,
    W_pos: torch.Tensor,
    W_V: torch.Tensor,
    b_V: torch.Tensor,
    W_O: torch.Tensor,
    b_O: torch.Tensor,
    W_U: torch.Tensor,
    b_U: torch.Tensor,
) -> tuple[Table, Float[torch.Tensor, "position token output"]]:
    """Return what tokens add to the logits through the head, and what else there is.

    The second holds the skip path of the newest token, and the constants of its position.
    """
    read = W_V @ W_O @ W_U
    counts = torch.arange(1, len(W_pos) + 1)[:, None]
    mean_position = (W_pos @ read).cumsum(0) / counts
    constant = W_pos @ W_U + mean_position + (b_V @ W_O + b_O) @ W_U + b_U
    return W_E @ read, (W_E @ W_U)[None] + constant[:, None]


def _others(right: int) -> list[int]:
    return [output for output in range(N_OUTPUTS) if output != right]


def _sign_class(total: int) -> int:
    return int(np.sign(total)) + 1


def _least_sums(averaged: Table, most: int) -> Float[torch.Tensor, "right other count sum"]:
    """Return the least that ``count`` tokens of a given sum can add to the right logit's lead.

    Infinite where no tokens have that sum; column ``s + max_value * most`` belongs to sum s.
    """
    max_value = len(averaged) // 2
    width = 2 * max_value * most + 1
    gains = torch.stack(
        [averaged[:, [right]] - averaged[:, _others(right)] for right in range(N_OUTPUTS)]
    )  # [right token other]
    least = torch.full((N_OUTPUTS, 2, most + 1, width), torch.inf, dtype=torch.float64)
    least[:, :, 0, width // 2] = 0
    for count in range(1, most + 1):
        for token in range(len(averaged)):
            value = token - max_value
            before = least[:, :, count - 1, max(0, -value) : width - max(0, value)]
            after = least[:, :, count, max(0, value) : width - max(0, -value)]
            torch.minimum(after, before + gains[:, token, :, None], out=after)
    return least


def _state_margins(
    averaged: Table,
    own: Float[torch.Tensor, "position token output"],
    least: Float[torch.Tensor, "right other count sum"],
) -> Float[torch.Tensor, "position sum token other"]:
    """Return the smallest lead over each of the two other outputs in every state; NaN if empty."""
    n_ctx, n_tokens = own.shape[:2]
    values = torch.arange(n_tokens) - n_tokens // 2
    sums = torch.arange(least.shape[-1]) - least.shape[-1] // 2
    classes = (sums[:, None] + values).sign() + 1  # [sum token]
    margins = torch.full((n_ctx, len(sums), n_tokens, 2), torch.nan, dtype=torch.float64)
    counts = torch.arange(1, n_ctx + 1)[:, None, None]
    for right in range(N_OUTPUTS):
        for index, other in enumerate(_others(right)):
            gain = averaged[:, right] - averaged[:, other]
            through_head = (least[right, index][:, :, None] + gain) / counts
            lead = through_head + (own[..., right] - own[..., other])[:, None, :]
            here = (classes == right) & lead.isfinite()
            margins[..., index] = torch.where(here, lead, margins[..., index])
    return margins


def _backtrack(gain: Float[torch.Tensor, " token"], count: int, total: int) -> list[int]:
    """Return ``count`` tokens whose values have this sum and whose gains add up to the least."""
    max_value = len(gain) // 2
    tables: list[dict[int, tuple[float, int]]] = [{0: (0.0, -1)}]
    for _ in range(count):
        table: dict[int, tuple[float, int]] = {}
        for so_far, (value, _token) in tables[-1].items():
            for token, more in enumerate(gain.tolist()):
                key = so_far + token - max_value
                if key not in table or value + more < table[key][0]:
                    table[key] = (value + more, token)
        tables.append(table)
    tokens: list[int] = []
    for table in reversed(tables[1:]):
        token = table[total][1]
        tokens.append(token)
        total -= token - max_value
    return tokens[::-1]


def witness_tokens(worst: WorstCase, n_ctx: int) -> Int[torch.Tensor, "one position"]:
    """Return a worst case's witness as a batch of one whole sequence, filled up with its last."""
    tokens = worst.witness + worst.witness[-1:] * (n_ctx - len(worst.witness))
    return torch.tensor(tokens)[None]

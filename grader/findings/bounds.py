"""Proved lower bounds, state by state, on what a circuit reads and on differences of its logits.

A *reading* is a row of coefficients over the circuit's readers. Two ways to bound it from below:
`least_readings_coarsely` takes attention as uniform plus a slack, for all states at once;
`least_reading` takes it exactly, for one position and last token. `coarse_difference` and
`sharp_difference` make bounds on logit[winner] − logit[loser] of them, each neuron at its worst by
itself, or all together. Why these are bounds stands in `grader.findings.certificate`.

Tables of one position have the axes ``last sum``; sums run over those that are reached there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import torch
from jaxtyping import Bool, Float, Int

from grader.findings.circuit import Circuit
from grader.findings.states import least_totals

MAX_FREE = 3
"""Neurons of unknown sign that are treated together in one state; the others singly."""
ROUNDOFF = 2.0**-50
"""Charged on each sum done here in float64, times its terms: four times what it can be."""

Readings = Float[torch.Tensor, "row reader"]
StateTable = Float[torch.Tensor, "last sum"]
Outputs = Int[torch.Tensor, "last sum"]
Intervals = Float[torch.Tensor, "state neuron"]


@dataclass(frozen=True)
class Coarse:
    """Intervals for one position: what neurons read, and least differences of outputs' readings."""

    position: int
    low: Float[torch.Tensor, "neuron last sum"]
    high: Float[torch.Tensor, "neuron last sum"]
    outputs: Float[torch.Tensor, "winner loser last sum"]


def coarse_bounds(circuit: Circuit) -> Iterator[Coarse]:
    """Yield the coarse bounds, position by position."""
    m, n_readers = circuit.n_neurons, circuit.moved.shape[-1]
    unit = torch.eye(n_readers, dtype=circuit.moved.dtype)
    neurons, outputs = unit[:m], unit[m:]
    differences = (outputs[:, None] - outputs).flatten(0, 1)
    readings = torch.cat([neurons, -neurons, differences])
    for position, least in enumerate(least_readings_coarsely(circuit, readings)):
        low, minus_high, apart = least.split([m, m, len(differences)])
        yield Coarse(position, low, -minus_high, apart.unflatten(0, (len(outputs),) * 2))


def least_readings_coarsely(
    circuit: Circuit, readings: Readings
) -> Iterator[Float[torch.Tensor, "row last sum"]]:
    """Yield, position by position, lower bounds on readings, from uniform attention plus a slack.

    Two patterns over the same keys whose scores differ by at most s are within tanh(s/4) of the
    uniform one in total variation; that times the range of what keys hold is the slack.
    """
    held = (circuit.moved @ readings.T).movedim(-1, 0)  # row key token
    direct = (circuit.direct @ readings.T).movedim(-1, 0)  # row position last
    least, most = held.amin(-1).cummin(1).values, held.amax(-1).cummax(1).values
    for position, totals in zip(range(circuit.grid.n_ctx), least_totals(held)):
        own = held[:, position]
        low, high = own, own
        if position:
            low = torch.minimum(own, least[:, position - 1, None])
            high = torch.maximum(own, most[:, position - 1, None])
        slack = torch.tanh(_spread(circuit, position) / 4) * (high - low)
        slack = slack + ROUNDOFF * (position + 2) * torch.maximum(low.abs(), high.abs())
        mean = (totals[:, None] + own[..., None]) / (position + 1)
        bound = torch.maximum(mean - slack[..., None], low[..., None])
        yield bound + direct[:, position, :, None]


def _spread(circuit: Circuit, position: int) -> Float[torch.Tensor, " last"]:
    """Return the range of the scores that a position can see, by its own token."""
    every = torch.arange(circuit.grid.d_vocab)
    seen = torch.cat(
        [
            circuit.scores[position, :, :position].flatten(1),
            circuit.scores[position, every, position, every, None],
        ],
        dim=1,
    )
    return seen.amax(1) - seen.amin(1)


def key_parts(
    circuit: Circuit, position: int, last: Int[torch.Tensor, " row"], readings: Readings
) -> tuple[Float[torch.Tensor, "row key token"], Float[torch.Tensor, "row key token"]]:
    """Return what each key adds to the numerator and to the denominator of a reading.

    A reading is Σ_j w_j·(moved + direct) / Σ_j w_j with w_j = exp(score_j − the largest visible).
    The last key holds the last token itself; its other tokens are not a choice.
    """
    direct = (circuit.direct[position, last] * readings).sum(-1)
    held = torch.einsum("jvr,xr->xjv", circuit.moved[: position + 1], readings)
    scores = circuit.scores[position, last, : position + 1].clone()
    scores[:, -1] = scores[torch.arange(len(last)), -1, last, None]
    weights = (scores - scores.amax((1, 2), keepdim=True)).exp()
    return weights * (held + direct[:, None, None]), weights


def least_reading(
    circuit: Circuit,
    position: int,
    last: Int[torch.Tensor, " row"],
    readings: Readings,
    steps: Sequence[int] | None = None,
) -> Float[torch.Tensor, "row total"]:
    """Return lower bounds on readings with attention as it is, one last token a row.

    The least numerator for each sum is exact; the denominator's range is taken over all sums.
    """
    parts, weights = key_parts(circuit, position, last, readings)
    rows = torch.arange(len(last))
    *_, totals = least_totals(parts[:, :-1], steps)
    numerator = totals + parts[rows, -1, last, None]
    own = weights[rows, -1, last]
    smallest = weights[:, :-1].amin(-1).sum(-1) + own
    largest = weights[:, :-1].amax(-1).sum(-1) + own
    numerator = numerator - ROUNDOFF * (position + 2) ** 2 * parts.abs().amax((1, 2))[:, None]
    bound = torch.where(numerator > 0, numerator / largest[:, None], numerator / smallest[:, None])
    return bound.nan_to_num(-torch.inf, posinf=torch.inf, neginf=-torch.inf)


def coarse_difference(
    circuit: Circuit, coarse: Coarse, winner: Outputs, loser: Outputs
) -> StateTable:
    """Return lower bounds on logit[winner] − logit[loser], both ``[last sum]``."""
    last, total = torch.meshgrid(*map(torch.arange, winner.shape), indexing="ij")
    weight = circuit.wiring[:, winner] - circuit.wiring[:, loser]
    neurons = torch.minimum(weight * coarse.low.relu(), weight * coarse.high.relu())
    return coarse.outputs[winner, loser, last, total] + neurons.sum(0)


@dataclass(frozen=True)
class States:
    """Some states of one position, with what is to be bounded in each: winner over loser."""

    position: int
    last: Int[torch.Tensor, " state"]
    total: Int[torch.Tensor, " state"]
    """The earlier tokens' sum, counted from the least one: an index into the axis of sums."""
    winner: Int[torch.Tensor, " state"]
    loser: Int[torch.Tensor, " state"]
    steps: Sequence[int] | None = None
    """What each token adds to the address; its id by default (see `states.least_totals`)."""
    parts: Int[torch.Tensor, " state"] | None = None
    """With other steps: the address of the part of the state that is meant."""

    @property
    def address(self) -> Int[torch.Tensor, " state"]:
        """Where the dynamic programme's tables hold what is meant."""
        return self.total if self.parts is None else self.parts


@dataclass(frozen=True)
class Pieces:
    """The linear pieces whose least values, put together, bound a difference in each state.

    Axis ``choice`` runs over the ways to take each free neuron as on or off.
    """

    readings: Float[torch.Tensor, "state choice reader"]
    constant: Float[torch.Tensor, " state"]
    """What the neurons that are treated singly add at worst."""
    always_least: Bool[torch.Tensor, "state free"]
    """Whether the worse of on and off counts (a neuron that pushes down) or the better one."""

    def combine(self, least: Float[torch.Tensor, "state choice"]) -> Float[torch.Tensor, " state"]:
        """Return the bounds that follow from the least values of the pieces."""
        n_free = self.always_least.shape[1]
        table = least.reshape(len(least), *[2] * n_free)
        for free in range(n_free):
            worst = table.amin(1 + free, keepdim=True).expand_as(table)
            pick = self.always_least[:, free].reshape(-1, *[1] * n_free)
            table = torch.where(pick, worst, table)
        return table.reshape(len(least), -1).amax(1) + self.constant


def sharp_difference(
    circuit: Circuit, coarse: Coarse, states: States
) -> Float[torch.Tensor, " state"]:
    """Return lower bounds on logit[winner] − logit[loser] in some states."""
    pieces = linear_pieces(circuit, coarse, states)
    n_choices = pieces.readings.shape[1]
    last = states.last[:, None].expand(-1, n_choices)
    address = states.address[:, None].expand(-1, n_choices)
    least = _least_in_states(
        *(circuit, states, last.flatten(), address.flatten()),
        pieces.readings.flatten(0, 1),
    )
    return pieces.combine(least.unflatten(0, last.shape))


def linear_pieces(circuit: Circuit, coarse: Coarse, states: States) -> Pieces:
    """Return the linear pieces of some states, after a closer look at neurons of unknown sign."""
    m = circuit.n_neurons
    low, high = (side[:, states.last, states.total].T for side in (coarse.low, coarse.high))
    low, high = _look_closer(circuit, states, low, high)
    weight = (circuit.wiring[:, states.winner] - circuit.wiring[:, states.loser]).T
    unknown = (low < 0) & (high > 0)

    # Free are those of unknown sign that matter most; the others of unknown sign stay single.
    matters = torch.where(unknown, weight.abs() * torch.minimum(-low, high), -1.0)
    n_free = min(MAX_FREE, m, int(unknown.sum(1).amax()) if len(low) else 0)
    free = matters.topk(n_free, dim=1).indices
    single = unknown.scatter(1, free, False)
    constant = (torch.minimum(weight, torch.zeros(())) * high * single).sum(1)

    on = _choices(low >= 0, unknown, free)
    output = torch.eye(circuit.wiring.shape[1], dtype=weight.dtype)
    outputs = (output[states.winner] - output[states.loser])[:, None]
    readings = torch.cat(
        [on * weight[:, None], outputs.expand(-1, on.shape[1], -1)],
        dim=-1,
    )
    return Pieces(readings, constant, weight.gather(1, free) < 0)


def _choices(
    on: Bool[torch.Tensor, "state neuron"],
    unknown: Bool[torch.Tensor, "state neuron"],
    free: Int[torch.Tensor, "state free"],
) -> Bool[torch.Tensor, "state choice neuron"]:
    """Return which neurons are on, for each way to take the free ones of unknown sign."""
    n_free = free.shape[1]
    ways = torch.tensor(list(product((False, True), repeat=n_free)), dtype=torch.bool)
    ways = ways.reshape(1, 2**n_free, n_free)
    each, free = on[:, None].repeat(1, 2**n_free, 1), free[:, None].expand(-1, 2**n_free, -1)
    chosen = torch.where(unknown.gather(1, free[:, 0])[:, None], ways, each.gather(2, free))
    return each.scatter(2, free, chosen)


def _look_closer(
    circuit: Circuit, states: States, low: Intervals, high: Intervals
) -> tuple[Intervals, Intervals]:
    """Return the neurons' intervals, narrowed with exact attention where their sign is unknown."""
    at, neuron = ((low < 0) & (high > 0)).nonzero(as_tuple=True)
    if not len(at):
        return low, high
    unit = torch.eye(circuit.moved.shape[-1], dtype=low.dtype)[neuron]
    place = circuit, states, states.last[at], states.address[at]
    low, high = low.clone(), high.clone()
    low[at, neuron] = torch.maximum(low[at, neuron], _least_in_states(*place, unit))
    high[at, neuron] = torch.minimum(high[at, neuron], -_least_in_states(*place, -unit))
    return low, high


def _least_in_states(
    circuit: Circuit,
    states: States,
    last: Int[torch.Tensor, " state"],
    address: Int[torch.Tensor, " state"],
    readings: Float[torch.Tensor, "state reader"],
) -> Float[torch.Tensor, " state"]:
    """Return the lower bound of one reading in each of some states; equal rows are done once."""
    keyed = torch.cat([last[:, None].to(readings.dtype), readings], dim=1)
    rows, where = torch.unique(keyed, dim=0, return_inverse=True)
    table = least_reading(circuit, states.position, rows[:, 0].long(), rows[:, 1:], states.steps)
    reached = address < table.shape[1]
    return torch.where(reached, table[where, address.clamp(max=table.shape[1] - 1)], torch.inf)

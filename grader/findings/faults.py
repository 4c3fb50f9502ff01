"""How many inputs fail because of one token: bounds on their share, from below and above.

A planted fault shows in sequences that hold its token often enough, so each state is divided by how
often: the certificate's proof goes through with (sum, count) in place of the sum.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.training import one_thread
from grader.findings.bounds import States, sharp_difference
from grader.findings.certificate import N_OUTPUTS, RIVALS, Proof
from grader.findings.states import Grid


class Share(NamedTuple):
    """A proved lower and upper bound on the share of (sequence, position) pairs that are wrong."""

    at_least: float
    at_most: float


@one_thread()
def failing_share(model: TransformerBridge, token: int) -> Share:
    """Bound the share of all (sequence, position) pairs on which a model is wrong.

    Args:
        model: Of the shape that certificates are about.
        token: The id of the token whose count tells sequences of a state apart.
    """
    proof = Proof(model)
    grid, at_least, at_most = proof.circuit.grid, 0.0, 0.0
    stride = grid.d_vocab * grid.n_ctx  # more than any total
    steps = [other + stride * (other == token) for other in range(grid.d_vocab)]
    unproved = proof.margins() <= 0
    shares = list(_counted_shares(grid, token))
    for states in proof.states_in(unproved, 0, 0):
        share = shares[states.position][:, states.total]  # count state
        counts = torch.arange(len(share))
        parts = _divided(states, counts, stride, steps)
        right, wrong = torch.tensor(True), torch.tensor(False)
        for rival in RIVALS:
            other = (parts.winner + rival) % N_OUTPUTS
            coarse = proof.coarse[states.position]
            ahead = sharp_difference(proof.circuit, coarse, replace(parts, loser=other))
            behind = sharp_difference(proof.circuit, coarse, replace(parts, winner=other))
            right, wrong = right & (ahead > proof.rounding), wrong | (behind > proof.rounding)
        at_least += float(share.flatten()[wrong].sum())
        at_most += float(share.flatten()[~right].sum())
    return Share(at_least / grid.n_ctx, at_most / grid.n_ctx)


def _divided(states: States, counts: torch.Tensor, stride: int, steps: list[int]) -> States:
    """Return each state once for each count; the counts are the slower axis."""
    many = {
        name: getattr(states, name).repeat(len(counts))
        for name in ("last", "total", "winner", "loser")
    }
    address = (counts[:, None] * stride + states.total).flatten()
    return States(states.position, **many, steps=steps, parts=address)


def _counted_shares(grid: Grid, token: int) -> list[Float[torch.Tensor, "count sum"]]:
    """Return, for each position, the share of sequences in one state (whatever its last token)."""
    shares = [torch.ones(1, 1, dtype=torch.float64)]
    for _ in range(grid.n_ctx - 1):
        before = shares[-1] / grid.d_vocab
        counts, width = before.shape
        grown = before.new_zeros(counts + 1, width + grid.d_vocab - 1)
        for other in range(grid.d_vocab):
            is_it = int(other == token)
            grown[is_it : is_it + counts, other : other + width] += before
        shares.append(grown)
    return [share / grid.d_vocab for share in shares]

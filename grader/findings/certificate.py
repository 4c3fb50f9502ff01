"""The certificate (N14): what is proved of a cumulative-sum model on *all* of its inputs.

For sequences of 20 tokens from −5..5 there are 11²⁰ ≈ 6.7·10²⁰ inputs. An explanation of the model
makes them few: what it answers at position n depends on little more than

    the *state*  (n, S = sum of the earlier tokens, t = last token),

and there are 21,120 states. The right answer depends on the state alone: the sign of S + t. So for
each state we prove a lower bound on the *margin* (right logit less the best other) over all the
sequences that are in it. Where the bound is above 0, the model is right on all of them.

Theorem. For a model of one layer and one head, without normalisation, with a ReLU MLP or without
an MLP, run in float32: every margin in a state is at least `state_margins` of that state. So
(a) `certified_worst_margin`, the least of these, is a lower bound on every margin; and (b) the
share of (sequence, position) pairs that are wrong is at most `error_bound`, the mean over positions
of the shares (`state_shares`, counted exactly) of the states whose bound is not above 0.

Nothing is sampled, and nothing is assumed about what the model learnt: if attention isn't flat or
values aren't affine, bounds get worse, not wrong. The proof, step by step:

1. *Tables* (`grader.findings.circuit`). Fix n and t. Then the query is fixed, each score s_j is
   an entry of a finite table (key's position × key's token), and before the ReLU all is linear.
   What any neuron or output reads is a weighted mean over keys j ≤ n
       R = Σ_j w_j·(moved_j + direct) / Σ_j w_j,    w_j = exp(s_j),
   where moved_j is again an entry of a table, and direct (biases, and the last token's own way
   round the head) depends on n and t only. The same holds for every *reading*, a combination of
   neurons and outputs with fixed coefficients, by combining the tables.

2. *The least sum, exactly* (`states.least_totals`). Which earlier tokens, of all that sum to S,
   make Σ_j parts[j, token_j] least? The best way to a total after j keys is the best, over the
   last token v, of the best way to (total − v) after j − 1 keys, plus parts[j, v]. This dynamic
   programme visits every (key, total, token) once, and no sequence at all.

3. *The least reading.* Run it on the numerator, parts = w_j·(moved_j + direct). Least numerator
   over the denominator's range (largest if it is positive, smallest if negative) is a lower bound
   on R (`bounds.least_reading`): its sign is exact however the head attends, and its size is so
   up to the factor by which weights differ. Quicker, for all states at once
   (`least_readings_coarsely`): take parts = moved_j and attention as uniform, then subtract a
   slack. For if the scores in sight lie within a range s, the weights a_j are within total
   variation tanh(s/4) of uniform ones: the worst case has a share p of keys at the top and the
   others at the bottom, is off by p(1−p)(eˢ−1)/(p·eˢ+1−p), and that is largest at
   p = 1/(1 + e^(s/2)), where it is tanh(s/4). Moving that much weight moves a mean by at most
   tanh(s/4) times the range of what the keys hold.

4. *The ReLUs.* logit_c − logit_o = (reading of c − reading of o) + Σ_m k_m·relu(reading of m),
   k_m = wiring[m, c] − wiring[m, o]. A neuron that step 3 shows to be ≥ 0, or ≤ 0, throughout the
   state is linear there, so with all signs known the difference is *one* reading, and step 3 bounds
   it with all correlations between neurons kept. A neuron that bends inside the state is *free*:
   - k_m < 0: k_m·relu(x) is the smaller of 0 and k_m·x, so the least value over sequences is the
     smaller of the least values of the two pieces;
   - k_m > 0: k_m·relu(x) is at least 0 and at least k_m·x, so either piece gives a lower bound, and
     the larger of the two is one.
   Beyond `MAX_FREE` of them a free neuron is put at the worst end of its interval by itself, as is
   every neuron in the coarse bounds (a monotone function on an interval is least at an end).
   `sharp_difference` does all this; the margin is the lesser of the differences to both rivals.

5. *Which states are looked at sharply.* All have a coarse bound. The least of them is sharpened;
   then all others whose coarse bound is no higher, or doesn't prove them right. Both bounds are
   true, so this choice costs tightness at most, and where it doesn't matter.

6. *Rounding.* Steps 1 to 5 are about exact arithmetic on the stored weights. The model runs in
   float32: `rounding.float32_error` bounds how far two logits' difference can be off, and that is
   subtracted from each margin. The bounds themselves are computed in float64; `bounds.ROUNDOFF`
   charges its sums, and what else is rounded there is 2²⁹ times less than the float32 error that
   was charged for the same operations.

How tight? `witness` walks the dynamic programme backwards through the states with the least bounds:
real sequences, extreme in the sense of step 3, on which the model is really run. The true worst
margin lies between `certified_worst_margin` and `witness_margin`. If that is below 0, the witness
is a counterexample; if it isn't, an unproved state is a suspicion and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.training import one_thread
from grader.findings.bounds import States, coarse_bounds, coarse_difference, sharp_difference
from grader.findings.circuit import circuit_of
from grader.findings.rounding import float32_error
from grader.findings.states import state_shares
from grader.findings.witness import Witness, least_margin, worst_sequences

N_OUTPUTS = 3
RIVALS = (1, 2)
SUSPECTS = 40
"""How many of the states with the least bounds have their worst sequences run."""

Table = Float[torch.Tensor, "position sum last"]


@dataclass(frozen=True)
class Certificate:
    """What is proved of all d_vocab ** n_ctx sequences, equally weighted, every position."""

    certified_accuracy: float
    """Proved lower bound on the share of (sequence, position) pairs that the model gets right."""
    error_bound: float
    """The same as an upper bound on the share it gets wrong: keeps its digits near zero."""
    certified_worst_margin: float
    """Proved lower bound, in logits, on the right logit less the best other, everywhere."""
    states: int
    """How many (position, sum of earlier tokens, last token) states were checked."""
    unproved_states: int
    """In how many of them the proof doesn't go through; some of them may be right nonetheless."""
    witness: list[int]
    """Token ids of the worst sequence that was built; its last token is where the margin is."""
    witness_margin: float
    """That margin when the model is really run: below 0 it is a counterexample."""


@one_thread()
def certify(model: TransformerBridge) -> Certificate:
    """Prove what can be proved of a model on all its inputs.

    Raises:
        ValueError: the model isn't of the shape that the proof is about.
    """
    proof = Proof(model)
    margins = proof.margins()
    unproved = margins <= 0
    shares = state_shares(*proof.circuit.grid)
    error = float(shares[unproved].sum() / len(shares))
    witness = proof.witness(margins)
    return Certificate(
        certified_accuracy=1 - error,
        error_bound=error,
        certified_worst_margin=float(margins[~margins.isnan()].amin()),
        states=proof.circuit.grid.count(),
        unproved_states=int(unproved.sum()),
        witness=witness.tokens,
        witness_margin=witness.margin,
    )


@one_thread()
def state_margins(model: TransformerBridge) -> Table:
    """Return the proved lower bound on the margin in each state, in logits.

    NaN where no sequence reaches the state. Bounds that don't matter to a certificate are coarse.

    Raises:
        ValueError: the model isn't of the shape that the proof is about.
    """
    return Proof(model).margins()


@one_thread()
def surely_wrong(model: TransformerBridge) -> Bool[torch.Tensor, "position sum last"]:
    """Return the states in which every sequence provably fails: one wrong output always wins.

    Raises:
        ValueError: the model isn't of the shape that the proof is about.
    """
    proof = Proof(model)
    return proof.surely_wrong(proof.margins())


class Proof:
    """The bounds of one model. Outputs are named by how far they are after the right one."""

    def __init__(self, model: TransformerBridge) -> None:
        self.model = model
        self.circuit = circuit_of(model)
        self.rounding = float32_error(model)
        self.coarse = list(coarse_bounds(self.circuit))

    def margins(self) -> Table:
        """Return a lower bound on the margin in each state, sharp wherever it matters."""
        tables = {rival: self.coarsely(0, rival) for rival in RIVALS}
        # Once the lowest is known sharply, what is coarsely above it can't be the worst.
        lowest = torch.minimum(*tables.values()).nan_to_num(torch.inf)
        first = lowest == lowest.amin()
        tables = {rival: self.sharpened(table, first, 0, rival) for rival, table in tables.items()}
        enough = torch.minimum(*tables.values())[first].amin().clamp(min=self.rounding)
        tables = {
            rival: self.sharpened(table, (table <= enough) & ~first, 0, rival)
            for rival, table in tables.items()
        }
        return torch.minimum(*tables.values()) - self.rounding

    def surely_wrong(self, margins: Table) -> Bool[torch.Tensor, "position sum last"]:
        """Return the states, among those not proved right, in which one rival always wins."""
        wrong = torch.zeros(margins.shape, dtype=torch.bool)
        for rival in RIVALS:
            table = self.coarsely(rival, 0)
            wrong |= self.sharpened(table, margins <= 0, rival, 0) > self.rounding
        return wrong

    def witness(self, margins: Table) -> Witness:
        """Return the worst of the sequences built for the states with the least bounds."""
        bounds = margins.nan_to_num(torch.inf).flatten()
        suspect = torch.zeros(bounds.shape, dtype=torch.bool)
        suspect[bounds.topk(min(SUSPECTS, self.circuit.grid.count()), largest=False).indices] = True
        groups = [
            worst_sequences(self.circuit, self.coarse[states.position], states)
            for rival in RIVALS
            for states in self.states_in(suspect.reshape(margins.shape), 0, rival)
        ]
        return least_margin(self.model, groups, self.circuit.grid.max_value)

    def coarsely(self, winner: int, loser: int) -> Table:
        """Return coarse lower bounds on logit[winner] − logit[loser]; NaN where nothing reaches."""
        grid = self.circuit.grid
        table = torch.full(grid.shape, torch.nan, dtype=torch.float64)
        for coarse in self.coarse:
            right = grid.labels(coarse.position)
            outputs = (right + winner) % N_OUTPUTS, (right + loser) % N_OUTPUTS
            bounds = coarse_difference(self.circuit, coarse, *outputs)
            table[coarse.position, grid.sums(coarse.position)] = bounds.T
        return table

    def sharpened(
        self, table: Table, where: Bool[torch.Tensor, "position sum last"], winner: int, loser: int
    ) -> Table:
        """Return a table with sharp bounds in some states."""
        table = table.clone()
        for states in self.states_in(where, winner, loser):
            bounds = sharp_difference(self.circuit, self.coarse[states.position], states)
            place = states.position, self.circuit.grid.sums(states.position)
            here = table[place]  # a view
            here[states.total, states.last] = torch.maximum(here[states.total, states.last], bounds)
        return table

    def states_in(
        self, where: Bool[torch.Tensor, "position sum last"], winner: int, loser: int
    ) -> Iterator[States]:
        """Yield the states of a mask, position by position."""
        grid = self.circuit.grid
        for position in where.flatten(1).any(1).nonzero()[:, 0].tolist():
            total, last = where[position, grid.sums(position)].nonzero(as_tuple=True)
            right = grid.labels(position)[last, total]
            outputs = (right + winner) % N_OUTPUTS, (right + loser) % N_OUTPUTS
            yield States(position, last, total, *outputs)

"""A partial certificate (the first step only): on which lists a sorting model surely finds the
least number at SEP.

Random lists say nothing of all C(51, 10) ≈ 1.3·10¹⁰ sets in all their orders. What can be proved:

Theorem. For a model of one attention-only layer, with LayerNorm or without, run in float32: on
every list with least number m and second least s, in whatever order, the logit of m at SEP, less
any other, has the sign of a number that is at least `first_margins(model)[m, s]`. Where that is
above 0, the first step is right on all of the state's lists; `state_shares` counts them.

The proof, step by step:

1. *The last LayerNorm keeps signs.* It divides a position's centred stream by one positive number
   and adds a constant, so (margin × divisor) = (what direct path and heads add to it, linear in
   the stream) + constant × divisor. The divisor isn't known, but lies in a range: a head writes a
   mean of what it could write, so the stream is no longer than its longest parts together. The
   constant's share is charged at the worse end.
2. *Tables* (`glasslab.first_step`). The query is SEP's, always the same. A score, and what a head
   would add to each logit, depends on a token and its place alone. A token's place is given away:
   its weight e^score may be anything from its least to its largest over places, what it adds is
   put at its worst. So order doesn't matter any more, and lists with the same numbers are one.
3. *One head* adds a mean Σ wᵢxᵢ / Σ wᵢ over m, s, SEP and eight numbers above s. It is at least ρ
   if Σ wᵢ(xᵢ − ρ) ≥ 0 for the eight that make this least, which are simply the eight least terms:
   sort, and no list is missed. ρ is raised by Newton's steps (Dinkelbach 1967) until it is tight.
4. *Two heads, each at its own worst list* is what adding their bounds means; no single list need
   be worst for both. A sharper bound looks at both at once (`joint_margin`): for a ratio κ of the
   two heads' total weights, Σ over tokens of κ·w₀(x₀ − ρ₀) + w₁(x₁ − ρ₁) is again a sum of terms,
   so its least is again a sort; as the lesser of many straight lines in κ it is concave, so on an
   interval of κ it is least at an end. Intervals cover every ratio that a list can have.
5. *Rounding.* Steps 1 to 4 are about exact arithmetic on the stored weights; how far float32 can
   be off (`FirstStep.rounding`) is subtracted. They are computed in float64; what is rounded there
   is some 2²⁹ times less, and `ROUNDOFF` is charged for it.

What it doesn't say: nothing about steps 1..9, where the query is a number, the sorted half is
looked at too, and there are far more states. And an unproved state is a suspicion, no more;
`found_margins` builds bad lists for it and runs the model on them.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from transformer_lens.model_bridge import TransformerBridge

from glasslab.first_step import FirstStep, first_step
from glasslab.tasks.sorted_list import LIST_LENGTH, MAX_VALUE, SEP
from glasslab.training import one_thread
from grader.findings.sorting.folding import embedded, fold, pattern, scale, scores, written

N_LEAST, N_SECOND = MAX_VALUE - LIST_LENGTH + 2, MAX_VALUE - LIST_LENGTH + 3
"""One more than the largest least, and the largest second least, number of a list."""
OTHERS = LIST_LENGTH - 2
ROUNDOFF = 1e-9
SLICES, SPLITS, HALVINGS = 24, 9, 8

Table = Float[torch.Tensor, "least second"]
Lists = Int[torch.Tensor, "batch place"]


@dataclass(frozen=True)
class FirstStepCertificate:
    """What is proved of the first step on all lists, and how far it is from what is true."""

    share: float
    """Proved lower bound on the share of lists whose least number is found."""
    surely_up_to: int
    """On every list with a least number up to this the first step is right; −1 if none."""
    witness: list[int]
    """A list on which the margin is the least that was found."""
    witness_margin: float
    """That margin, in logits: below 0 the first step fails on it."""
    least_failing: int | None
    """The smallest least number of a list on which the first step was seen to fail."""


@one_thread()
def certify_first_step(
    model: TransformerBridge, generator: torch.Generator
) -> FirstStepCertificate:
    """Prove what can be proved of the first step, and look for what can't be.

    Raises:
        ValueError: the model can't be folded.
    """
    margins = first_margins(model)
    proved = margins > 0
    rows = (proved | margins.isnan()).all(1)
    lists, found = worst_lists(model, range(N_LEAST), generator)
    failing = (found < 0).any(1).nonzero()
    worst = divmod(int(found.nan_to_num(torch.inf).argmin()), found.shape[1])
    logits, divisor = logits_at_sep(model, lists[worst][None])
    return FirstStepCertificate(
        share=float(state_shares()[proved].sum()),
        surely_up_to=int(rows.long().cumprod(0).sum()) - 1,
        witness=lists[worst].tolist(),
        witness_margin=float(_ahead(logits, lists[worst][None]) / divisor),
        least_failing=int(failing[0]) if len(failing) else None,
    )


def state_shares() -> Table:
    """Return the share of all lists with each least and second least number; 0 where none has."""
    shares = torch.zeros(N_LEAST, N_SECOND, dtype=torch.float64)
    for second in range(1, N_SECOND):
        lists = math.comb(MAX_VALUE - second, OTHERS)
        shares[: min(second, N_LEAST), second] = lists / math.comb(MAX_VALUE + 1, LIST_LENGTH)
    return shares


@one_thread()
def first_margins(model: TransformerBridge) -> Table:
    """Return a lower bound on the margin times the divisor at SEP in each state; NaN for no list.

    Raises:
        ValueError: the model can't be folded.
    """
    bounds = Bounds(model)
    table = torch.full((N_LEAST, N_SECOND), torch.nan, dtype=torch.float64)
    for least in range(N_LEAST):
        row = bounds.row(least)
        if bool((row <= 0).any()) and bounds.n_heads == 2:
            row = row.clamp(min=bounds.joint_margin(least))
        table[least, least + 1 :] = row
    return table


class Bounds:
    """The bounds of one model."""

    def __init__(self, model: TransformerBridge) -> None:
        step = first_step(model)
        self.n_heads = len(step.scores)
        # Scores up to a constant: weights of at most 1 can't overflow.
        weights = (step.scores - step.scores.amax((1, 2), keepdim=True)).exp()
        self.low, self.high = weights.amin(1), weights.amax(1)  # [head token]
        self.step = step

    def row(self, least: int) -> Float[torch.Tensor, " second"]:
        """Return bounds for a least number and each second least, heads bounded one by one."""
        rivals = _rivals(least)
        seconds = torch.arange(least + 1, N_SECOND)
        sure = torch.zeros(len(seconds), SEP + 1, dtype=torch.bool)
        sure[:, [least, SEP]] = True
        sure[torch.arange(len(seconds)), seconds] = True
        numbers = torch.arange(SEP + 1)
        free = (numbers > seconds[:, None]) & (numbers < SEP)
        means = sum(
            least_means(self.low[head], self.high[head], self.adds(head, least), sure, free, OTHERS)
            for head in range(self.n_heads)
        )
        return (means + fixed_part(self.step, least)[rivals]).amin(1) - self.slack()

    def joint_margin(self, least: int) -> float:
        """Return a bound for all lists with a least number, two heads looked at together."""
        fixed = fixed_part(self.step, least)[_rivals(least)]
        sure = torch.zeros(1, SEP + 1, dtype=torch.bool)
        sure[:, [least, SEP]] = True
        free = (torch.arange(SEP + 1) > least) & (torch.arange(SEP + 1) < SEP)
        adds = [self.adds(head, least) for head in range(2)]
        apart = [
            least_means(self.low[h], self.high[h], adds[h], sure, free[None], OTHERS + 1)[0]
            for h in range(2)
        ]
        totals = [self._totals(head, sure[0], free) for head in range(2)]
        if min(*totals[0], *totals[1]) < sys.float_info.min:
            return -math.inf  # so steep that weights vanish in float64: no ratio can be formed
        ends = totals[1][0] / totals[0][1], totals[1][1] / totals[0][0]
        start, stop = map(math.log10, ends)
        ratios = torch.logspace(start, stop, SLICES + 1, dtype=torch.float64)
        ratios[0], ratios[-1] = ratios[0] * (1 - ROUNDOFF), ratios[-1] * (1 + ROUNDOFF)

        def holds(margin: float) -> bool:
            """Say whether the margin is at least this much, whatever the list and the rival."""
            spare = margin - fixed - apart[0] - apart[1]  # [rival]
            shown = torch.zeros(SLICES, len(spare), dtype=torch.bool)
            for split in torch.linspace(0, 1, SPLITS, dtype=torch.float64):
                parts = [
                    _ends(self.low[h], self.high[h], adds[h] - apart[h] - share * spare)
                    for h, share in enumerate((split, 1 - split))
                ]
                terms = ratios[:, None, None] * parts[0] + parts[1]  # [ratio token rival]
                total = terms[:, sure[0]].sum(1) + _least_sum(terms[:, free], OTHERS + 1)
                shown |= (total[:-1] >= 0) & (total[1:] >= 0)
            return bool((shown | (spare <= 0)).all())

        low = float((fixed + apart[0] + apart[1]).min())
        high = low + float(self.step.reads.amax() - self.step.reads.amin())
        enough = self.slack() + ROUNDOFF
        if low < enough:
            if not holds(enough):
                return low - self.slack()  # how far below 0 it stays is no use
            low = enough
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        return low - self.slack()

    def adds(self, head: int, least: int) -> Float[torch.Tensor, "token rival"]:
        """Return what attention on a token adds to the margin over each rival, at worst."""
        reads = self.step.reads[head]
        return (reads[..., least, None] - reads[..., _rivals(least)]).amin(0)

    def slack(self) -> float:
        """Return what rounding is charged with: of the model's run, and of this proof."""
        return self.step.rounding + ROUNDOFF

    def _totals(
        self, head: int, sure: Bool[torch.Tensor, " token"], free: Bool[torch.Tensor, " token"]
    ) -> tuple[float, float]:
        """Return the ends of a range for a head's total weight."""
        least = self.low[head, free].topk(OTHERS + 1, largest=False).values.sum()
        most = self.high[head, free].topk(OTHERS + 1).values.sum()
        return (
            float(self.low[head, sure].sum() + least),
            float(self.high[head, sure].sum() + most),
        )


def fixed_part(step: FirstStep, least: int) -> Float[torch.Tensor, " output"]:
    """Return what direct path and constants add to the margin over each output, at worst."""
    constant = step.constant[least] - step.constant
    worst = torch.minimum(*(divisor * constant for divisor in step.divisors))
    return step.direct[least] - step.direct + worst


def least_means(
    low: Float[torch.Tensor, " token"],
    high: Float[torch.Tensor, " token"],
    values: Float[torch.Tensor, "token rival"],
    sure: Bool[torch.Tensor, "state token"],
    free: Bool[torch.Tensor, "state token"],
    count: int,
) -> Float[torch.Tensor, "state rival"]:
    """Return the least weighted mean of values that a choice of tokens and weights can have.

    Args:
        low: The least weight of each token, above 0.
        high: The largest weight.
        values: Their values.
        sure: Which tokens are there in each state.
        free: Of which tokens ``count`` different ones are there too.
        count: How many.
    """
    rho = values[None].expand(len(sure), -1, -1).masked_fill(~sure[..., None], -torch.inf).amax(1)
    fewest = (sure * low).sum(1) + _least_sum(
        low.expand(sure.shape).masked_fill(~free, torch.inf), count
    )
    for _ in range(100):
        heavy = values[None] < rho[:, None]  # [state token rival]
        weights = torch.where(heavy, high[:, None], low[:, None])
        terms = weights * (values[None] - rho[:, None])
        picked = terms.masked_fill(~free[..., None], torch.inf).topk(count, dim=1, largest=False)
        total = picked.values.sum(1) + (terms * sure[..., None]).sum(1)
        weight = weights.gather(1, picked.indices).sum(1) + (weights * sure[..., None]).sum(1)
        raised = rho + total / weight
        if bool(((raised - rho).abs() <= ROUNDOFF / 10).all()):
            break
        rho = raised
    # Right even if the steps stopped early: the mean is ρ plus total / weight, for every choice.
    return rho + total.clamp(max=0) / fewest[:, None]


def logits_at_sep(
    model: TransformerBridge, lists: Lists
) -> tuple[Float[torch.Tensor, "batch output"], Float[torch.Tensor, " batch"]]:
    """Return logits times the last LayerNorm's divisor, and the divisor, in exact float64."""
    folded = fold(model)
    tokens = torch.cat([lists, torch.full((len(lists), 1), SEP)], dim=1)
    attention = pattern(scores(folded, tokens))
    stream = embedded(folded, tokens) + folded.b_O
    stream = (stream + written(folded, tokens, attention).sum(1))[:, -1]
    divisor = scale(folded, stream)
    return stream @ folded.W_U + folded.b_U * divisor, divisor[:, 0]


def scaled_margins(model: TransformerBridge, lists: Lists) -> Float[torch.Tensor, " batch"]:
    """Return the margin of the least number at SEP times the divisor, in float64."""
    return _ahead(logits_at_sep(model, lists)[0], lists)


class QuickMargins:
    """Margins at SEP from the tables, times a divisor that is taken as the same for all lists."""

    def __init__(self, model: TransformerBridge, lists: Lists) -> None:
        self.step = first_step(model)
        self.divisor = float(logits_at_sep(model, lists)[1].mean())

    def __call__(self, lists: Lists) -> Float[torch.Tensor, " batch"]:
        """Return the margins of lists."""
        step, places = self.step, torch.arange(lists.shape[1])
        logits = (step.direct + step.constant * self.divisor).expand(len(lists), -1)
        for asked, reads in zip(step.scores, step.reads):
            weights = (asked[places, lists] - asked.max()).exp()
            own = (asked[0, SEP] - asked.max()).exp()
            moved = (weights[:, None] @ reads[places, lists])[:, 0] + own * reads[0, SEP]
            logits = logits + moved / (weights.sum(-1, keepdim=True) + own)
        return _ahead(logits, lists)


def worst_lists(
    model: TransformerBridge,
    leasts: range | list[int],
    generator: torch.Generator,
    *,
    rounds: int = 60,
) -> tuple[Int[torch.Tensor, "least second place"], Table]:
    """Look for the list with the least margin in each state: start badly, change, keep what hurts.

    Returns:
        Lists ``[len(leasts) second place]`` and their `scaled_margins`; NaN where there is no list.
    """
    states = torch.tensor([(m, s) for m in leasts for s in range(m + 1, N_SECOND)])
    lists = _lists_in(states, generator)
    quickly = QuickMargins(model, lists)
    margins = quickly(lists)
    for _ in range(rounds):
        changed = _changed(lists, states, generator)
        theirs = quickly(changed)
        worse = theirs < margins
        lists, margins = lists.where(~worse[:, None], changed), margins.where(~worse, theirs)
    margins = scaled_margins(model, lists)
    rows = {least: row for row, least in enumerate(leasts)}
    row = torch.tensor([rows[int(least)] for least in states[:, 0]])
    table = torch.full((len(rows), N_SECOND), torch.nan, dtype=torch.float64)
    table[row, states[:, 1]] = margins
    worst = torch.zeros(len(rows), N_SECOND, LIST_LENGTH, dtype=torch.int64)
    worst[row, states[:, 1]] = lists
    return worst, table


def _lists_in(states: Int[torch.Tensor, "state 2"], generator: torch.Generator) -> Lists:
    """Draw a list of each state, in random order."""
    noise = torch.rand(len(states), MAX_VALUE + 1, generator=generator)
    above = torch.arange(MAX_VALUE + 1) > states[:, 1:]
    rest = noise.masked_fill(~above, -1).topk(OTHERS, dim=1).indices
    lists = torch.cat([states, rest], dim=1)
    return lists.gather(1, torch.rand(lists.shape, generator=generator).argsort(1))


def _changed(
    lists: Lists, states: Int[torch.Tensor, "state 2"], generator: torch.Generator
) -> Lists:
    """Return lists of the same states: one number another, or two places swapped."""
    batch = torch.arange(len(lists))
    changed = lists.clone()
    place, other = torch.rand(lists.shape, generator=generator).topk(2, dim=1).indices.T
    number = torch.rand(len(lists), generator=generator)
    number = (states[:, 1] + 1 + number * (MAX_VALUE - states[:, 1])).long().clamp(max=MAX_VALUE)
    old = lists[batch, place]
    replace = (old > states[:, 1]) & ~(lists == number[:, None]).any(1)
    replace &= torch.rand(len(lists), generator=generator) < 0.8
    changed[batch, place] = torch.where(replace, number, lists[batch, other])
    changed[batch, other] = torch.where(replace, lists[batch, other], old)
    return changed


def _ahead(
    logits: Float[torch.Tensor, "batch output"], lists: Lists
) -> Float[torch.Tensor, " batch"]:
    least = lists.amin(-1, keepdim=True)
    return logits.gather(-1, least)[:, 0] - logits.scatter(-1, least, -torch.inf).amax(-1)


def _rivals(least: int) -> list[int]:
    return [output for output in range(SEP + 1) if output != least]


def _ends(low: torch.Tensor, high: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Return weight times value, the weight at its worse end."""
    return torch.minimum(low[:, None] * values, high[:, None] * values)


def _least_sum(terms: torch.Tensor, count: int) -> torch.Tensor:
    """Return the sum of the least terms along the axis 1."""
    return terms.topk(count, dim=1, largest=False).values.sum(1)

"""Public checks of unit 12_adversarial: laws tried on the public sorting model, and random ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import combinations, product
from typing import Any

import torch
from jaxtyping import Float, Int
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.expect import as_tensor, near, number, require, same
from glasslab.checks.outcome import Incorrect
from glasslab.checks.session import Law
from glasslab.checks.sorting_subjects import (
    LENGTH,
    N_TOKENS,
    ONE_HEAD_SHAPE,
    PLAIN_SHAPE,
    PUBLIC,
    SCRAMBLED,
    leaning_copy,
    public_model,
    sample_data,
    scaled_copy,
    scrambled_model,
    unsorted_lists,
)
from glasslab.checks.words import kind
from glasslab.interventions import Intervention, run_with
from glasslab.tasks.base import Tokens
from glasslab.tasks.sorted_list import LIST_LENGTH, MAX_VALUE, with_answers

Answer = Callable[..., Any]
Lists = Int[torch.Tensor, "batch item"]

N_VALUES = MAX_VALUE + 1
N_LEAST, N_SECOND = N_VALUES - LIST_LENGTH + 1, N_VALUES - LIST_LENGTH + 2
VALUES, SCALE = "blocks.0.attn.hook_v", "ln_final.hook_scale"
ONE_HEAD, PLAIN = "a random model with one head", "a random model without LayerNorm"


def _random_models() -> dict[str, TransformerBridge]:
    return {
        SCRAMBLED: scrambled_model(),
        ONE_HEAD: scrambled_model(shape=ONE_HEAD_SHAPE),
        PLAIN: scrambled_model(shape=PLAIN_SHAPE),
    }


# --- adversarial.attribution ----------------------------------------------------------------------


def _law_attribution(answer: Answer) -> str:
    models = {PUBLIC: public_model(), **_random_models()}
    del models[PLAIN]
    tokens, _ = sample_data(2)
    for name, model in models.items():
        for query in (LIST_LENGTH, 14):
            axes = {
                "batch": len(tokens),
                "head": model.cfg.n_heads,
                "source": LENGTH,
                "output": N_TOKENS,
            }
            got = as_tensor(answer(model, tokens.clone(), query), axes)
            require(
                not bool(got[:, :, query + 1 :].any()),
                f"on {name}, position {query} can't see what comes later, yet later sources are "
                "attributed something",
            )
            require(
                bool((got.sum(-1).abs() < 1e-3).all()),
                "each source's share is taken less its mean over outputs, so it sums to 0",
            )
            same(
                got[1, :, : query + 1],
                _told_by_removal(model, tokens[1], query),
                ("head", "source", "output"),
                f"on {name} at position {query}, if one source's value is taken away from a head "
                "(its constant part stays), the logits at the old divisor lose what you attribute "
                "to it",
                atol=2e-3,
            )
    return "what a source is said to add is what its removal takes away, on three models"


@torch.no_grad()
def _told_by_removal(
    model: TransformerBridge, tokens: Int[torch.Tensor, " position"], query: int
) -> Float[torch.Tensor, "head source output"]:
    """Return what each source adds, told by runs in which one head gets nothing from one source."""
    n_heads, n_sources = model.cfg.n_heads, query + 1
    runs = torch.arange(n_heads * n_sources)
    heads, sources = runs // n_sources, runs % n_sources
    nothing = _value_of_nothing(model)

    def remove(values: torch.Tensor) -> torch.Tensor:
        edited = values.clone()
        edited[runs, sources, heads] = nothing[heads]
        return edited

    batch = tokens.expand(len(runs), -1)
    divisors: list[torch.Tensor] = []

    def keep(divisor: torch.Tensor) -> torch.Tensor:
        divisors.append(divisor[:, query].double())
        return divisor

    own = run_with(model, batch, Intervention(SCALE, keep))[:, query].double()
    removed = run_with(model, batch, Intervention(VALUES, remove), Intervention(SCALE, keep))
    removed = removed[:, query].double()
    # Added after the division: the logits of a stream that is 0 once it is normalised.
    weights = model.state_dict()
    constant = weights["unembed.weight"] @ weights["ln_final.bias"] + weights["unembed.bias"]
    before, after = divisors
    lost = ((own - constant) * before - (removed - constant) * after) / before
    return (lost - lost.mean(-1, keepdim=True)).unflatten(0, (n_heads, n_sources))


@torch.no_grad()
def _value_of_nothing(model: TransformerBridge) -> Float[torch.Tensor, "head d_head"]:
    """Return the values of a stream that is 0 once it is normalised: their constant part."""
    weights = model.state_dict()
    values = weights["blocks.0.attn.v.weight"] @ weights["blocks.0.ln1.bias"]
    return (values + weights["blocks.0.attn.v.bias"]).unflatten(0, (model.cfg.n_heads, -1))


# --- adversarial.direct_path ----------------------------------------------------------------------


def _law_direct_path(answer: Answer) -> str:
    tokens, _ = sample_data(6)
    axes = {"batch": len(tokens), "position": LENGTH, "output": N_TOKENS}
    for name, model in {PUBLIC: public_model(), **_random_models()}.items():
        own = run_with(model, tokens).double()
        got = as_tensor(answer(model, tokens.clone()), axes)
        same(
            got[:, LIST_LENGTH],
            own[:, LIST_LENGTH],
            ("batch", "output"),
            f"on {name}, at SEP the direct path is the same in all lists, so its mean changes "
            "nothing there",
            atol=1e-3,
        )
        alike = tokens[:1].expand(3, -1).clone()
        same(
            as_tensor(answer(model, alike), {**axes, "batch": 3}),
            own[:1].expand(3, -1, -1),
            ("batch", "position", "output"),
            f"on {name}, three times the same list: a mean over the batch changes nothing",
            atol=1e-3,
        )
        silent = scaled_copy(model, ("blocks.0.attn.o.",), 0.0)
        told = as_tensor(answer(silent, tokens.clone()), axes)
        same(
            told,
            told[:1].expand_as(told),
            ("batch", "position", "output"),
            f"on {name} with silent heads, nothing is left that differs from list to list",
            atol=1e-3,
        )
    return "heads as ever, and of the direct path only its mean at each position"


# --- adversarial.gaps -----------------------------------------------------------------------------

PARROT = 30


def _law_gaps(answer: Answer) -> str:
    axes = {"row": 2, "gap": N_VALUES}
    public = public_model()
    lists = unsorted_lists(60)
    counts = as_tensor(answer(public, lists.clone()), axes)
    gaps = lists.sort(-1).values.diff(dim=-1).flatten().bincount(minlength=N_VALUES)
    same(counts[0], gaps.double(), ("gap",), "row 0 counts the steps from number to number", atol=0)
    require(
        bool((counts[1] <= counts[0]).all()), "no gap can have more right answers than there are"
    )
    require(
        float(counts[1].sum()) > 0.95 * float(counts[0].sum()),
        f"the public model is right at more than 95% of steps; you count {int(counts[1].sum())} of "
        f"{int(counts[0].sum())}",
    )
    parrot = leaning_copy(public, PARROT, 1e4)
    for numbers in ((8, 30, 1, 2, 3, 4, 5, 6, 7, 50), (*range(30, 40),), (*range(21, 31),)):
        order = sorted(numbers)
        place = order.index(PARROT)
        right = torch.zeros(N_VALUES, dtype=torch.float64)
        if place:
            right[order[place] - order[place - 1]] = 1
        told = as_tensor(answer(parrot, torch.tensor([numbers])), axes)
        same(
            told[1],
            right,
            ("gap",),
            f"a model that says {PARROT} whatever it is asked, given {list(numbers)}: it is right "
            f"only where {PARROT} comes next after another number",
            atol=0,
        )
    return f"of {int(counts[0].sum())} steps of 60 lists {int(counts[1].sum())} are right"


# --- adversarial.find -----------------------------------------------------------------------------


def _law_find(answer: Answer) -> str:
    model, n = public_model(), 12
    lists = as_tensor(answer(model, n), {"list": n, "number": LIST_LENGTH}, "whole numbers")
    require(
        bool(((lists >= 0) & (lists <= MAX_VALUE)).all()),
        f"numbers lie in 0..{MAX_VALUE}; got {int(lists.min())} to {int(lists.max())}",
    )
    for row in lists.tolist():
        require(len(set(row)) == LIST_LENGTH, f"a list holds a number twice: {row}")
    sets = {frozenset(row) for row in lists.tolist()}
    require(
        len(sets) == n,
        f"{n} different lists were asked for, got {len(sets)}: the same numbers in another order "
        "are the same list",
    )
    failing = int((~_right(model, lists).all(-1)).sum())
    require(
        2 * failing >= n,
        f"on the public model {failing} of your {n} lists have a wrong step; half of them must",
    )
    return f"{failing} of {n} lists fool the public model; is it so on models you haven't seen?"


@torch.no_grad()
def _right(model: TransformerBridge, lists: Lists) -> torch.Tensor:
    tokens = with_answers(lists)
    return model(tokens)[:, LIST_LENGTH:-1].argmax(-1) == tokens[:, LIST_LENGTH + 1 :]


# --- adversarial.least_mean -----------------------------------------------------------------------


def _law_least_mean(answer: Answer) -> str:
    for seed, (n_tokens, n_sure, count) in enumerate(((5, 1, 1), (7, 2, 3), (8, 2, 4))):
        generator = torch.Generator().manual_seed(seed)
        low = torch.rand(n_tokens, generator=generator, dtype=torch.float64) + 0.1
        high = low * (1 + torch.rand(n_tokens, generator=generator, dtype=torch.float64))
        values = torch.randn(n_tokens, 3, generator=generator, dtype=torch.float64)
        sure = torch.arange(n_tokens) < n_sure
        free = torch.arange(n_tokens) > n_sure  # one token is neither
        args = (low, high, values, sure, free, count)
        given = (each.clone() if isinstance(each, torch.Tensor) else each for each in args)
        got = as_tensor(answer(*given), {"rival": 3})
        least, chosen = _least_of_all(low, high, values, sure, free, count)
        for rival in range(3):
            mine, true = float(got[rival]), float(least[rival])
            require(
                mine <= true + 1e-7,
                f"{count} of {int(free.sum())} free tokens: with the tokens {chosen[rival]} and "
                f"some weights within their ranges the mean of rival {rival} is less than your "
                f"{mine:.4f}",
            )
            require(
                mine >= true - 1e-6,
                f"{count} of {int(free.sum())} free tokens: no choice of tokens and weights has a "
                f"mean of rival {rival} as low as your {mine:.4f}. Does a token count twice, or "
                "does its weight leave its range?",
            )
    return "as low as any choice of tokens and weights, and no lower"


def _least_of_all(
    low: torch.Tensor,
    high: torch.Tensor,
    values: torch.Tensor,
    sure: torch.Tensor,
    free: torch.Tensor,
    count: int,
) -> tuple[torch.Tensor, list[list[int]]]:
    """Try every choice of tokens, and every weight at one of its ends."""
    best = torch.full((values.shape[1],), torch.inf, dtype=torch.float64)
    chosen: list[list[int]] = [[] for _ in best]
    for picked in combinations(free.nonzero()[:, 0].tolist(), count):
        there = [*sure.nonzero()[:, 0].tolist(), *picked]
        ends = torch.tensor(list(product((0, 1), repeat=len(there))), dtype=torch.bool)
        weights = torch.where(ends, high[there], low[there])  # [choice token]
        means = (weights @ values[there]) / weights.sum(-1, keepdim=True)
        for rival in range(len(best)):
            lowest = means[:, rival].min()
            if lowest < best[rival]:
                best[rival], chosen[rival] = lowest, there
    return best, chosen


# --- adversarial.bounds ---------------------------------------------------------------------------

NOISE = 2e-5
"""What float32 moves a margin times divisor by is about a tenth of that."""
MOSTLY = 0.8
LEAN, LEVEL = 100, 2**30
"""What is added to output biases: to one, so much that it decides a bound; to all, so much that
float32, whose neighbours lie 64 and more apart there, rounds all logits to the same number."""


def _law_bounds(answer: Answer) -> str:
    public, told = public_model(), []
    for least in (2, 12, 30):
        got = _sound(answer, PUBLIC, public, least)
        proved = float((got > 0).double().mean())
        if least < 20:
            told.append(f"least {least}: {proved:.0%} of states proved")
            require(
                proved >= MOSTLY,
                f"sound as far as was tried, but on {PUBLIC} you prove {proved:.0%} of the "
                f"states with the least number {least}; {MOSTLY:.0%} and more can be",
            )
    for name, model in _random_models().items():
        _sound(answer, name, model, least=7)
    silent = scaled_copy(public, ("blocks.0.attn.o.",), 0.0)
    _sound(answer, f"{PUBLIC} with silent heads", silent, least=30)
    for output in (30, MAX_VALUE):
        name = f"{PUBLIC} with {LEAN} added to its output bias at {output}"
        why = ". What is added after the division counts times a divisor: is it at the worse end?"
        _sound(answer, name, leaning_copy(public, output, LEAN), least=30, why=why)
    # Here SEP itself and the ends of the weights' ranges matter more than on any model above.
    sharp = scaled_copy(public, ("blocks.0.attn.q.",), 2.0)
    why = ". Does SEP, which attends to itself, count, and each weight at its worse end?"
    _sound(answer, f"{PUBLIC} with all scores doubled", sharp, least=20, why=why)
    name = f"{PUBLIC} with 2³⁰ added to every output bias, where float32 rounds by up to 64"
    why = ". Does what you claim hold for the model as it runs?"
    _sound(answer, name, leaning_copy(public, slice(None), LEVEL), least=12, why=why)
    return f"no list that was tried breaks a bound; {', '.join(told)}"


def _sound(
    answer: Answer, name: str, model: TransformerBridge, least: int, why: str = ""
) -> Float[torch.Tensor, " second"]:
    """Ask for a row of bounds, and hold it against lists.

    Raises:
        Incorrect: it isn't a row of bounds, or a list has a smaller margin than is claimed.
    """
    got = _row(answer(model, least), least)
    lists = _lists_with(least)
    real = _scaled_margins(model, lists)
    claimed = got[lists.sort(-1).values[:, 1] - least - 1]
    if bool((claimed > real + NOISE).any()):
        worst = int((claimed - real).argmax())
        raise Incorrect(
            f"unsound: on {name}, of lists with the two least numbers {least} and "
            f"{lists[worst].sort().values[1]} you claim {float(claimed[worst]):.4f}; on the list "
            f"{lists[worst].tolist()} margin times divisor is {float(real[worst]):.4f}{why}"
        )
    return got


def _row(answer: Any, least: int) -> Float[torch.Tensor, " second"]:
    """Read a row of bounds; no claim at all is −∞.

    Raises:
        Incorrect: it isn't one.
    """
    wanted = N_SECOND - least - 1
    try:
        raw = torch.as_tensor(answer).detach().cpu().double()
    except Exception as error:
        raise Incorrect(f"expected a tensor [{wanted}], got {kind(answer)}") from error
    require(
        list(raw.shape) == [wanted],
        f"for the least number {least} the second can be {least + 1} to {N_SECOND - 1}: expected "
        f"the shape [{wanted}], got {list(raw.shape)}",
    )
    require(not bool(raw.isnan().any()), "some bound is NaN")
    return raw


@lru_cache(maxsize=8)
def _lists_with(least: int) -> Lists:
    """Return lists with a least number and every second least one, in many orders."""
    generator = torch.Generator().manual_seed(least)
    rows = []
    for second in range(least + 1, N_SECOND):
        above = torch.arange(second + 1, N_VALUES)
        for _ in range(6):
            rows.append(above[torch.randperm(len(above), generator=generator)[: LIST_LENGTH - 2]])
        for width in (8, 12, 20):
            near = torch.randperm(min(width, len(above)), generator=generator)[: LIST_LENGTH - 2]
            rows += [above[near], above.flip(0)[near]]
    seconds = torch.arange(least + 1, N_SECOND).repeat_interleave(12)[:, None]
    lists = torch.cat([torch.full_like(seconds, least), seconds, torch.stack(rows)], dim=1)
    return lists.gather(1, torch.rand(lists.shape, generator=generator).argsort(1))


def _scaled_margins(model: TransformerBridge, lists: Lists) -> Float[torch.Tensor, " batch"]:
    """Run a model; return how far the least number is ahead at SEP, times the divisor."""
    tokens: Tokens = with_answers(lists)
    divisors = [torch.ones(len(lists), dtype=torch.float64)]

    def keep(divisor: torch.Tensor) -> torch.Tensor:
        divisors.append(divisor[:, LIST_LENGTH, 0].double())
        return divisor

    edits = [Intervention(SCALE, keep)] if SCALE in model.hook_dict else []
    logits = run_with(model, tokens, *edits)[:, LIST_LENGTH].double()
    least = lists.amin(-1, keepdim=True)
    others = logits.scatter(-1, least, -torch.inf).amax(-1)
    return (logits.gather(-1, least)[:, 0] - others) * divisors[-1]


# --- adversarial.share ----------------------------------------------------------------------------


def _law_share(answer: Answer) -> str:
    least, second = torch.arange(N_LEAST)[:, None], torch.arange(N_SECOND)
    reached = second > least
    lists = math.comb(N_VALUES, LIST_LENGTH)

    def share(proved: torch.Tensor, otherwise: float = -1.0) -> float:
        table = torch.where(proved, 0.5, otherwise).double().masked_fill(~reached, torch.nan)
        return number(answer(table), "a share")

    for proved, expected, words in (
        (reached, 1.0, "every state is proved, so all lists are"),
        (reached & False, 0.0, "no state is proved"),
        (
            reached & (least <= 7),
            1 - math.comb(N_VALUES - 8, LIST_LENGTH) / lists,
            "proved is where the least number is at most 7: all lists but those of 8..50",
        ),
        (
            reached & (second - least == 1) & (second == 42),
            1 / lists,
            "proved is the state (41, 42) alone, in which there is one list",
        ),
    ):
        near(share(proved), expected, words, atol=max(1e-6 * expected, 1e-15))
    got = share(reached & False, otherwise=0.0)
    require(got == 0, f"a bound of exactly 0 proves nothing; got the share {got:.4g}")
    return "each state counts with the lists that are in it"


LAWS: dict[str, Law] = {
    "adversarial.attribution": _law_attribution,
    "adversarial.direct_path": _law_direct_path,
    "adversarial.gaps": _law_gaps,
    "adversarial.find": _law_find,
    "adversarial.least_mean": _law_least_mean,
    "adversarial.bounds": _law_bounds,
    "adversarial.share": _law_share,
}

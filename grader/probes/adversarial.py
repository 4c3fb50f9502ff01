"""Hidden questions of unit 12_adversarial: who says what in close triples, what fools a model that
nobody has seen, and bounds that no run may contradict.

A bound is judged as in unit 06. It is unsound if a list that we built does worse than it allows:
one such state, on one model, and nothing is earned. Where it proves much less than can be proved as
simply, it loses those questions and no others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.sorting_subjects import (
    ONE_HEAD_SHAPE,
    PLAIN_SHAPE,
    SHAPE,
    leaning_copy,
    scrambled_model,
)
from glasslab.interventions import Intervention, mean_ablate, run_with, zero_ablate
from glasslab.models import config_of
from glasslab.tasks.base import Tokens
from glasslab.tasks.sorted_list import LIST_LENGTH, MAX_VALUE, SEP, sample_lists, with_answers
from grader.findings.sorting import attribution, bound, gaps
from grader.findings.sorting.bound import N_LEAST, N_SECOND, OTHERS
from grader.findings.sorting.folding import embedded, fold, pattern, scale, scores
from grader.probes.base import (
    RIGHT,
    Judgement,
    Probe,
    Question,
    as_array,
    close_or_known,
    fatally_wrong,
    wrong,
)
from grader.probes.sorting_subjects import GROUPS, about, asking, judging, sample_data
from grader.suite import Subject, Suite

FAULTS = "planted faults"
HIGH = "lists of high numbers"
RANDOM = "models with random weights"
CONSTANTS = "models with large constants"
UNFOOLED = "models that the usual lists don't fool"
Lists = Int[torch.Tensor, "batch item"]


def _whole(generator: torch.Generator, low: int, high: int) -> int:
    """Draw a whole number, both ends included."""
    return int(torch.randint(low, high + 1, (), generator=generator))


def _random_models(generator: torch.Generator) -> list[TransformerBridge]:
    """Return a model with random weights of each shape."""
    return [
        scrambled_model(_whole(generator, 1, 10**6), shape)
        for shape in (SHAPE, PLAIN_SHAPE, ONE_HEAD_SHAPE)
    ]


# --- adversarial.attribution ----------------------------------------------------------------------


def _ask_attribution(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    if config_of(subject.model).normalization_type is None:
        return  # nothing is divided there: the formula that was asked for doesn't apply
    tokens, _ = sample_data(3, generator)
    query = _whole(generator, LIST_LENGTH, 2 * LIST_LENGTH - 1)
    right = attribution.logit_shares(subject.model, tokens, query)
    forms = _attribution_forms(subject.model, tokens, query, right)
    yield about(subject, (subject.model, tokens, query), right.sources, forms)


def _attribution_forms(
    model: TransformerBridge, tokens: Tokens, query: int, right: attribution.LogitShares
) -> dict[str, torch.Tensor]:
    folded = fold(model)
    attention = pattern(scores(folded, tokens))
    stream = embedded(folded, tokens)
    values = (stream / scale(folded, stream))[:, None] @ folded.W_V
    divisor = right.divisor[:, None, None, None]

    def shares(values: torch.Tensor, row: int, reader: torch.Tensor) -> torch.Tensor:
        return attention[:, :, row, :, None] * (values @ folded.W_O @ reader) / divisor

    reader = folded.W_U - folded.W_U.mean(-1, keepdim=True)
    return {
        "the last LayerNorm's division is missing": right.sources * divisor,
        "the constant part of the values is counted": shares(
            values + folded.b_V[:, None], query, reader
        ),
        "the mean over outputs is not taken off": shares(values, query, folded.W_U),
        "it is the attention of the position before": shares(values, query - 1, reader),
        "all sources have the same attention": (
            (values @ folded.W_O @ reader) / divisor / len(tokens[0])
        ),
    }


# --- adversarial.direct_path ----------------------------------------------------------------------


def _ask_direct_path(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, _ = sample_data(12, generator)
    pre, post = attribution.RESID_PRE, attribution.RESID_POST
    streams: list[torch.Tensor] = []

    def keep(stream: torch.Tensor) -> torch.Tensor:
        streams.append(stream)
        return stream

    def over(axes: tuple[int, ...]) -> torch.Tensor:
        edit = Intervention(post, lambda stream: stream - streams[-1] + streams[-1].mean(axes))
        return run_with(model, tokens, Intervention(pre, keep), edit)

    forms = {
        "nothing is put in its place": run_with(
            model,
            tokens,
            Intervention(pre, keep),
            Intervention(post, lambda stream: stream - streams[-1]),
        ),
        "one mean for all positions": over((0, 1)),
        "the heads don't see the tokens any more": run_with(
            model, tokens, Intervention(pre, lambda stream: stream.mean(0).expand_as(stream))
        ),
        "the whole stream is replaced, the heads' part too": run_with(
            model, tokens, Intervention(post, lambda stream: stream.mean(0).expand_as(stream))
        ),
        "it is the heads that are ablated": run_with(
            model, tokens, mean_ablate("blocks.0.hook_attn_out")
        ),
        "the heads are taken away, not the direct path": run_with(
            model, tokens, zero_ablate("blocks.0.hook_attn_out")
        ),
        "nothing is changed": run_with(model, tokens),
    }
    expected = attribution.without_direct_path(model, tokens)
    yield about(subject, (model, tokens), expected, forms)


# --- adversarial.gaps -----------------------------------------------------------------------------

CLEAR = 1e-3
"""Logits: lists on which some answer is closer than this aren't asked about, for it may turn on the
order in which numbers are added."""


def _ask_gaps(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    lists = torch.cat(
        [
            sample_lists(200, generator),
            gaps.sample_from(gaps.TWO_ENDS, 30, generator),
            gaps.sample_from(gaps.HIGH, 20, generator),
        ]
    )
    lists = lists[torch.randperm(len(lists), generator=generator)]
    tokens = with_answers(lists)
    with torch.no_grad():
        said = subject.model(tokens)[:, LIST_LENGTH:-1]
    best = said.topk(2, dim=-1).values
    clear = (best[..., 0] - best[..., 1] > CLEAR).all(-1)
    lists, tokens, said = lists[clear], tokens[clear], said[clear]
    counts = torch.stack(gaps.steps_by_gap(subject.model, lists))
    right = said.argmax(-1) == tokens[:, LIST_LENGTH + 1 :]
    steps = lists.sort(-1).values.diff(dim=-1)

    def counted(gap: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        size = MAX_VALUE + 1
        return torch.stack(
            [gap.flatten().bincount(minlength=size), gap[right].bincount(minlength=size)]
        )

    forms = {
        "the second row counts the wrong ones": torch.stack([counts[0], counts[0] - counts[1]]),
        "answers are those one step earlier": counted(steps, right[:, :-1]),
        "gaps are taken in the order of the unsorted list": counted(
            lists.diff(dim=-1).abs(), right[:, 1:]
        ),
        "it is the largest gap of each list": counted(steps.amax(-1), right.all(-1)),
    }
    yield about(subject, (subject.model, lists), counts, forms)


# --- adversarial.find -----------------------------------------------------------------------------

FIND = 20
FAILING, LIFT = 0.5, 20.0
"""What is asked for: on half of the lists a wrong step, and so 20 times as often as on random ones.
Random lists fail 1 in 100 on references, 1 in 60 on decoys; a search finds as many as it likes."""
ENOUGH = 0.9
"""So many failing lists are enough, even where random ones fail more often than 1 in 22."""
HOPELESS = 0.2
"""Models on which random lists fail more often than that need no adversary."""
N_RANDOM = 2_000


def _ask_find(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    random = 1 - gaps.entirely_right(subject.model, sample_lists(N_RANDOM, generator))
    if random > HOPELESS:
        return
    usual = 1 - gaps.entirely_right(subject.model, usual_lists(generator))
    group = UNFOOLED if usual < FAILING else GROUPS[subject.role]
    rare = max(random, 1 / N_RANDOM)
    yield Question(group, (subject.model, FIND), context={"random_failing": rare})


def usual_lists(generator: torch.Generator) -> Lists:
    """Return lists of the kinds that fool models of the usual recipe: a large gap, or all high."""
    return torch.cat([gaps.sample_from(pool, 50, generator) for pool in (gaps.TWO_ENDS, gaps.HIGH)])


def _judge_find(question: Question, answer: Any) -> Judgement:
    model, n = question.args
    array = as_array(answer)
    if array is None or array.shape != (n, LIST_LENGTH):
        return wrong("the answer is not n lists of ten numbers")
    if not np.isfinite(array).all() or (array != np.round(array)).any():
        return wrong("some numbers are not whole")
    if array.min() < 0 or array.max() > MAX_VALUE:
        return wrong("some numbers lie outside 0..50")
    rows = [frozenset(row) for row in array.astype(int).tolist()]
    if any(len(row) < LIST_LENGTH for row in rows):
        return wrong("some list holds a number twice")
    if len(set(rows)) < n:
        return wrong("some lists hold the same numbers")
    failing = 1 - gaps.entirely_right(model, torch.tensor(array.astype(int)))
    if failing < FAILING:
        return wrong("fewer than half of the lists fool the model")
    if failing < min(LIFT * question.context["random_failing"], ENOUGH):
        return wrong("random lists fool this model nearly as often")
    return RIGHT


# --- adversarial.least_mean -----------------------------------------------------------------------


def _ask_least_mean(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("adversarial.least_mean")
    for n_tokens, n_sure, count in ((4, 1, 2), (7, 2, 3), (12, 3, 4), (9, 2, 7)):
        low = torch.rand(n_tokens, generator=generator, dtype=torch.float64) + 0.05
        high = low * (1 + torch.rand(n_tokens, generator=generator, dtype=torch.float64))
        values = torch.randn(n_tokens, 5, generator=generator, dtype=torch.float64)
        sure = torch.randperm(n_tokens, generator=generator) < n_sure
        free = ~sure
        free[free.nonzero()[0]] &= count == n_tokens - n_sure  # one is neither, if it can be spared
        yield _mean_question("small tables", low, high, values, sure, free, count)
    for subject in suite.references:
        least, second = _whole(generator, 0, 20), _whole(generator, 21, 30)
        bounds = bound.Bounds(subject.model)
        head = _whole(generator, 0, bounds.n_heads - 1)
        numbers = torch.arange(SEP + 1)
        sure = (numbers == least) | (numbers == second) | (numbers == SEP)
        free = (numbers > second) & (numbers < SEP)
        yield _mean_question(
            GROUPS[subject.role],
            bounds.low[head],
            bounds.high[head],
            bounds.adds(head, least),
            sure,
            free,
            OTHERS,
        )


def _mean_question(
    group: str,
    low: torch.Tensor,
    high: torch.Tensor,
    values: torch.Tensor,
    sure: torch.Tensor,
    free: torch.Tensor,
    count: int,
) -> Question:
    def least(low: torch.Tensor, high: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        return bound.least_means(low, high, values, sure[None], free[None], count)[0]

    by_value = values.masked_fill(~free[:, None], torch.inf).topk(count, dim=0, largest=False)
    weight = high[sure].sum() + high[by_value.indices].sum(0)
    total = (high[:, None] * values)[sure].sum(0) + (high[by_value.indices] * by_value.values).sum(
        0
    )
    forms = {
        "all weights are at their upper end": least(high, high, values),
        "all weights are at their lower end": least(low, low, values),
        "it is the largest mean": -least(low, high, -values),
        "the lowest values are taken, whatever their weights": total / weight,
    }
    args = (low, high, values, sure, free, count)
    return Question(group, args, least(low, high, values), forms)


def _judge_least_mean(question: Question, answer: Any) -> Judgement:
    size = float(np.abs(np.asarray(question.expected)).max())
    return close_or_known(question, answer, atol=1e-8 + 1e-6 * size)


# --- adversarial.bounds ---------------------------------------------------------------------------

NOISE = 2e-5
"""A claim may lie this much above a list's margin times divisor, in float64 or as run: what float32
moves is about 1e-6 on trained models. The solution charges its worst case, about 2e-3."""
SOME, MOST = 0.25, 0.9
"""Shares of what the solution proves in a row that are asked for in turn: a bound that is sound but
loose earns the first kind. Places kept apart prove a little more."""
ROUNDS = 40
LEAN, LEVEL = 100, 2**30
"""Constants that trained models don't have. Without them two mistakes hide in what the recipe
leaves unproved. A divisor at the wrong end, or left out, claims 2 and more too much on references
that lean by 100; near 2³⁰ float32 makes one number of all logits, and a bound above 0 is broken."""


@lru_cache(maxsize=4)
def _bound_questions(suite: Suite) -> tuple[Question, ...]:
    """Ask for rows of bounds; what they are held against takes seconds, so it is kept."""
    generator = suite.generator("adversarial.bounds")
    questions = []
    for subject in suite.references:
        rows = [_whole(generator, *ends) for ends in ((0, 4), (5, 9), (10, 14), (15, 18))]
        questions += _rows(GROUPS[subject.role], subject.model, rows, generator, tight=True)
    for subject in suite.references[:2]:
        rows = [_whole(generator, 19, N_LEAST - 1)]
        questions += _rows(HIGH, subject.model, rows, generator, tight=False)
    for subject in suite.decoys:
        rows = [_whole(generator, 0, N_LEAST - 1)]
        questions += _rows(GROUPS[subject.role], subject.model, rows, generator, tight=False)
    for subject in suite.mutants:
        rows = [_whole(generator, 10, 25)]
        questions += _rows(FAULTS, subject.model, rows, generator, tight=False)
    for model in _random_models(generator):
        rows = [_whole(generator, 0, 20), _whole(generator, 21, N_LEAST - 1)]
        questions += _rows(RANDOM, model, rows, generator, tight=False)
    for subject in suite.references[:2]:
        questions += _with_constants(subject.model, generator)
    return tuple(questions)


def _with_constants(model: TransformerBridge, generator: torch.Generator) -> Iterable[Question]:
    """Ask for models that lean towards the least number or another output, or towards all alike."""
    least = _whole(generator, 5, 14)
    for output, by in ((least, LEAN), (_whole(generator, 20, SEP), LEAN), (slice(None), LEVEL)):
        copy = leaning_copy(model, output, by)
        yield from _rows(CONSTANTS, copy, [least], generator, tight=False)


def _rows(
    group: str,
    model: TransformerBridge,
    rows: list[int],
    generator: torch.Generator,
    *,
    tight: bool,
) -> Iterable[Question]:
    lists, found = bound.worst_lists(model, rows, generator, rounds=ROUNDS)
    bounds = bound.Bounds(model)
    for index, least in enumerate(rows):
        ours = _proved(least, bounds.row(least).numpy())
        needed = (MOST, SOME)[index % 2] * ours if tight else 0.0
        as_run = _margins_as_run(model, lists[index, least + 1 :])
        margins = found[index, least + 1 :].minimum(as_run)
        yield Question(group, (model, least), margins, context={"needed": needed})


@torch.no_grad()
def _margins_as_run(model: TransformerBridge, lists: Lists) -> Float[torch.Tensor, " batch"]:
    """Return the margins at SEP of a run in float32, times the divisor."""
    least = lists.amin(-1, keepdim=True)
    logits = model(with_answers(lists))[:, LIST_LENGTH].double()
    ahead = logits.gather(-1, least)[:, 0] - logits.scatter(-1, least, -torch.inf).amax(-1)
    return ahead * bound.logits_at_sep(model, lists)[1]


def _proved(least: int, bounds: Float[np.ndarray, " second"]) -> float:
    """Return the share of all lists that a row of bounds proves."""
    return float(bound.state_shares().numpy()[least, least + 1 :][bounds > 0].sum())


def _judge_bounds(question: Question, answer: Any) -> Judgement:
    found = np.asarray(question.expected)
    bounds = as_array(answer)
    if bounds is None or bounds.shape != found.shape:
        return wrong("the answer is not one bound for each second number")
    if np.isnan(bounds).any() or (bounds == np.inf).any():
        return wrong("some bound is not a number, or infinite")
    if (bounds > found + NOISE + 1e-5 * np.abs(found)).any():
        return fatally_wrong("unsound: some list has a smaller margin than is claimed")
    _, least = question.args
    if _proved(least, bounds) < question.context["needed"]:
        return wrong("sound, but it proves far less than can be proved")
    return RIGHT


# --- adversarial.share ----------------------------------------------------------------------------


def _ask_share(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("adversarial.share")
    shares = bound.state_shares()
    least, second = torch.arange(N_LEAST)[:, None], torch.arange(N_SECOND)
    reached = second > least
    for centre in (-2.0, 0.0, 1.0, 8.0):
        table = torch.randn(N_LEAST, N_SECOND, generator=generator, dtype=torch.float64) + centre
        # Small least numbers tend to be proved, as in real models; some bounds are 0 exactly.
        table = table - least / 10
        table[_whole(generator, 0, 5), _whole(generator, 6, 12)] = 0.0
        table = table.masked_fill(~reached, torch.nan)
        proved = table > 0
        lists = math.comb(MAX_VALUE + 1, LIST_LENGTH)
        forms = {
            "states are counted, not lists": proved.sum() / reached.sum(),
            "these are lists, not a share of them": shares[proved].sum() * lists,
            "it is the share that isn't proved": 1 - shares[proved].sum(),
            "a bound of 0 proves nothing": shares[table >= 0].sum(),
            "only the least number is looked at": shares.sum(1)[proved.any(1)].sum(),
        }
        yield Question("tables of bounds", (table,), shares[proved].sum(), forms)


def _judge_share(question: Question, answer: Any) -> Judgement:
    return close_or_known(question, answer, atol=1e-9)


PROBES: tuple[Probe, ...] = (
    Probe(
        "adversarial.attribution",
        asking("adversarial.attribution", _ask_attribution),
        # Measured: float32 and the folded float64 differ by 7e-6, on shares of up to 10 logits.
        judging(atol=1e-4, rtol=1e-4),
    ),
    Probe(
        "adversarial.direct_path",
        asking("adversarial.direct_path", _ask_direct_path),
        judging(atol=1e-4, rtol=1e-4),
    ),
    Probe("adversarial.gaps", asking("adversarial.gaps", _ask_gaps), judging(atol=0.5, rtol=0.0)),
    Probe(
        "adversarial.find",
        asking("adversarial.find", _ask_find),
        _judge_find,
        seconds_per_question=60.0,
    ),
    Probe("adversarial.least_mean", lambda suite: [*_ask_least_mean(suite)], _judge_least_mean),
    # One bound that a run breaks, on any model, and nothing is earned; tightness earns the rest.
    Probe("adversarial.bounds", _bound_questions, _judge_bounds),
    Probe("adversarial.share", lambda suite: [*_ask_share(suite)], _judge_share),
)

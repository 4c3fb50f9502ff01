"""Hidden questions of unit 10_sorted_list: the claim "the next larger token", on hidden models.

Decoys have one head, or no LayerNorm, or a silent head: no list of two numbers fits them all, and a
claim that holds on one may fail on another. What is asked for is measured there in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import Intervention, mean_ablate, run_with, zero_ablate
from glasslab.tasks.base import UNSCORED, Labels, Tokens
from glasslab.tasks.sorted_list import (
    LIST_LENGTH,
    MAX_VALUE,
    label_tokens,
    sample_lists,
    with_answers,
)
from grader.findings.sorting import patterns, swaps
from grader.findings.sorting.performance import scored_performance, scored_performance_with
from grader.probes.base import (
    Forms,
    Judge,
    Judgement,
    Probe,
    Question,
    as_array,
    as_number,
    close_or_known,
    wrong,
)
from grader.probes.sorting_subjects import GROUPS, about, about_heads, asking, judging, sample_data
from grader.suite import Subject, Suite

SCORED = slice(LIST_LENGTH, 2 * LIST_LENGTH)
Sources = Int[torch.Tensor, "batch scored"]
Logits = Float[torch.Tensor, "batch scored output"]

NOT_A_DICT = "the answer is not a dict with the keys that were asked for"


def _judge_parts(keys: tuple[str, ...], *, atol: float) -> Judge:
    """Compare the arrays under a dict's keys, end to end, with ``question.expected``.

    ``question.context["shapes"]`` holds the shape of each.
    """

    def judge(question: Question, answer: Any) -> Judgement:
        if not isinstance(answer, dict) or any(key not in answer for key in keys):
            return wrong(NOT_A_DICT)
        parts = []
        for key, shape in zip(keys, question.context["shapes"], strict=True):
            part = as_array(as_number(answer[key]) if shape == () else answer[key])
            if part is None:
                return wrong("the answer is not an array of numbers")
            if part.shape != shape:
                return wrong("the answer does not have the shape that was asked for")
            parts.append(part.ravel())
        return close_or_known(question, np.concatenate(parts), atol=atol)

    return judge


# --- sorting.inputs -------------------------------------------------------------------------------

INPUTS = ("tokens", "labels")


def _ask_inputs(suite: Suite) -> list[Question]:
    generator = suite.generator("sorting.inputs")
    cases = {"hidden lists": LIST_LENGTH, "lists of another length": 6}
    questions = []
    for group, length in cases.items():
        for count in (5, 1):
            lists = sample_lists(count, generator, list_length=length)
            tokens = with_answers(lists)
            labels = label_tokens(tokens)
            everywhere = torch.full_like(tokens, UNSCORED)
            everywhere[:, :-1] = tokens[:, 1:]
            late = labels.clone()
            late[:, length] = UNSCORED
            own = labels.clone()
            own[:, length:-1], own[:, length + 1 :] = UNSCORED, tokens[:, length + 1 :]
            falling = with_answers(lists)
            falling[:, length + 1 :] = falling[:, length + 1 :].flip(-1)
            forms = {
                "the model is asked in the first half too, where nothing can be known": (
                    _joined(tokens, everywhere)
                ),
                "SEP's position is not asked about, though the minimum follows it": (
                    _joined(tokens, late)
                ),
                "a label is the token at its own position, not the next one": _joined(tokens, own),
                "the second half falls": _joined(falling, label_tokens(falling)),
            }
            question = Question(group, (lists,), _joined(tokens, labels), forms)
            question.context["shapes"] = (tuple(tokens.shape),) * 2
            questions.append(question)
    return questions


def _joined(tokens: Tokens, labels: Labels) -> Int[torch.Tensor, " both"]:
    return torch.cat([tokens.flatten(), labels.flatten()])


# --- sorting.performance --------------------------------------------------------------------------

PERFORMANCE = ("loss", "accuracy", "lists")
NARROW = 13
"""How many neighbouring numbers the harder half of the lists is drawn from: models trained on the
whole range err on some of them, each on others, so that no remembered number is right."""


def _mixed_data(count: int, generator: torch.Generator) -> tuple[Tokens, Labels]:
    """Draw ordinary lists, and as many from narrow ranges, where models go wrong more often."""
    ordinary, _ = sample_data(count, generator)
    inside = sample_lists(count, generator, max_value=NARROW - 1)
    lowest = torch.randint(MAX_VALUE - NARROW + 2, (count, 1), generator=generator)
    tokens = torch.cat([ordinary, with_answers(inside + lowest)])
    return tokens, label_tokens(tokens)


def _asked_in_part(labels: Labels, generator: torch.Generator) -> Labels:
    """Leave a quarter of the positions out: it is labels that say what is asked, not the place.

    SEP's position stays, so that every list is asked something.
    """
    left_out = torch.rand(labels.shape, generator=generator) < 0.25
    left_out[:, LIST_LENGTH] = False
    return labels.masked_fill(left_out, UNSCORED)


def _ask_performance(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    tokens, everything = _mixed_data(64, generator)
    labels = _asked_in_part(everything, generator)
    asked = labels != UNSCORED
    logits = run_with(subject.model, tokens)
    found, unasked_too = (scored_performance(logits, each) for each in (labels, everything))
    right = logits.argmax(-1) == labels
    lists = float((right | ~asked).all(-1).double().mean())
    over_all = float(right.double().mean())
    every_one_right = (logits.argmax(-1) == everything)[:, SCORED].all(-1).double().mean()
    probabilities = logits[asked].double().softmax(-1).gather(-1, labels[asked][:, None]).mean()
    forms = {
        "sums run over the asked positions, but are divided by all": [
            found.cross_entropy * float(asked.double().mean()),
            over_all,
            lists,
        ],
        "only the accuracy is over all positions": [found.cross_entropy, over_all, lists],
        "positions count that the labels leave out": [
            unasked_too.cross_entropy,
            unasked_too.accuracy,
            float(every_one_right),
        ],
        "a position that the labels leave out counts as a wrong answer": [
            found.cross_entropy,
            float(right[:, SCORED].double().mean()),
            float(right[:, SCORED].all(-1).double().mean()),
        ],
        "the loss is the mean of 1 − p, not of −log p": [
            float(1 - probabilities),
            found.accuracy,
            lists,
        ],
        "'lists' is the share of right positions, not of lists sorted without a mistake": [
            found.cross_entropy,
            found.accuracy,
            found.accuracy,
        ],
    }
    expected = [found.cross_entropy, found.accuracy, lists]
    yield about(subject, (subject.model, tokens, labels), expected, forms)


# --- sorting.sources ------------------------------------------------------------------------------


def _ask_sources(suite: Suite) -> list[Question]:
    generator = suite.generator("sorting.sources")
    questions = []
    for group, length in (("hidden lists", LIST_LENGTH), ("lists of another length", 5)):
        lists = sample_lists(32, generator, list_length=length)
        questions.append(_about_sources(group, with_answers(lists)))
    for _ in range(2):
        # Queries below the maximum, in any order, in the list or not.
        tokens, _ = sample_data(32, generator)
        tops = tokens[:, :LIST_LENGTH].amax(-1, keepdim=True)
        shares = torch.rand(32, LIST_LENGTH, generator=generator)
        tokens[:, LIST_LENGTH + 1 :] = (shares * tops).long()
        questions.append(_about_sources("second halves that are not the list sorted", tokens))
    return questions


def _about_sources(group: str, tokens: Tokens) -> Question:
    length = patterns.list_length(tokens)
    sources = patterns.next_larger_source(tokens)
    forms = {
        "it is the next larger token itself, not its place": tokens.gather(-1, sources),
        "the token at the place is as large as the query's, not larger": (
            patterns.same_or_larger_source(tokens)
        ),
        "a larger token, but not the smallest of them": (
            patterns.next_larger_source(tokens, rank=2)
        ),
        "it is the place of the right answer, not found from the query's token": (
            tokens[:, :length].argsort(-1)
        ),
    }
    return Question(group, (tokens,), sources, forms)


# --- sorting.attended -----------------------------------------------------------------------------

ATTENDED = ("argmax", "either", "mass")


def _ask_attended(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, _ = sample_data(64, generator)
    rows = patterns.rows_of(model, tokens)
    n_heads = rows.shape[1]
    # The claim's own sources, and other ones: half of the queries sent to a place by chance.
    claimed = patterns.next_larger_source(tokens)
    elsewhere = torch.randint(LIST_LENGTH, claimed.shape, generator=generator)
    kept = torch.rand(claimed.shape, generator=generator) < 0.5
    for sources in (claimed, torch.where(kept, claimed, elsewhere)):

        def described(rows: patterns.Rows, sources: Sources) -> list[float]:
            rates = patterns.argmax_rate(rows, sources)
            assert isinstance(rates["heads"], list) and isinstance(rates["either"], float)
            return [*rates["heads"], rates["either"], *patterns.mean_mass(rows, sources)]

        right = described(rows, sources)
        both = patterns.looks_most_at(rows, sources).all(1).double().mean()
        summed = patterns.looks_most_at(rows.mean(1, keepdim=True), sources).double().mean()
        forms: Forms = {
            "SEP's row is left out": described(rows[:, :, 1:], sources[:, 1:]),
            "'either' asks for all heads at once": [
                *right[:n_heads],
                float(both),
                *right[n_heads + 1 :],
            ],
            "'either' is taken from the mean of the heads' patterns": [
                *right[:n_heads],
                float(summed),
                *right[n_heads + 1 :],
            ],
            "the sources that were handed over are not used": described(rows, claimed),
        }
        question = about_heads(subject, (model, tokens, sources), right, forms)
        question.context["shapes"] = ((n_heads,), (), (n_heads,))
        yield question


# --- sorting.swap ---------------------------------------------------------------------------------


def _ask_swap(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, _ = sample_data(12, generator)
    claimed = patterns.next_larger_source(tokens)
    chance = torch.randint(LIST_LENGTH, claimed.shape, generator=generator)
    heads = range(model.cfg.n_heads)
    for sources in (claimed, chance):

        def run(*edits: Intervention) -> Logits:
            return run_with(model, tokens, *edits)[:, SCORED]

        right = run(swaps.look_only_at(sources, heads))
        forms: Forms = {
            "nothing seems to be swapped": run(),
            "the sources that were handed over are not used": (
                run(swaps.look_only_at(claimed, heads))
            ),
            "the answers of one position later are returned": (
                run_with(model, tokens, swaps.look_only_at(sources, heads))[
                    :, LIST_LENGTH + 1 : 2 * LIST_LENGTH + 1
                ]
            ),
            "they are probabilities, not logits": right.softmax(-1),
        }
        if len(heads) > 1:
            for head in heads:
                forms[f"only head {head} is swapped"] = run(swaps.look_only_at(sources, [head]))
        yield about(subject, (model, tokens, sources), right, forms)


# --- sorting.score --------------------------------------------------------------------------------


WORSE = "claims worse than the baseline"


def _ask_score(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(24, generator)
    heads = range(model.cfg.n_heads)
    weak = int(torch.randint(len(heads), (), generator=generator))
    own = run_with(model, tokens)
    baseline = run_with(model, tokens, swaps.resample(len(tokens)))
    claimed = patterns.next_larger_source(tokens)
    second = patterns.next_larger_source(tokens, rank=2)
    flat = (own * 0.1 + baseline * 0.1, own * 0.4)  # hesitant answers: no distance is 0 or 1
    claims = (
        run_with(model, tokens, swaps.look_only_at(claimed, heads)),
        run_with(model, tokens, swaps.look_only_at(second, [weak])),
        *flat,
        -own,
    )
    for claim in claims:
        away, nothing = (swaps.distance(own, logits, labels) for logits in (claim, baseline))
        told = (own[:, SCORED], claim[:, SCORED], baseline[:, SCORED])
        same, chance = (
            (own.argmax(-1) == logits.argmax(-1))[:, SCORED].double().mean()
            for logits in (claim, baseline)
        )
        forms: Forms = {
            "it may fall below 0": 1 - away / nothing,
            "it compares the largest outputs only, not all probabilities": float(same),
            "it compares the largest outputs only, against the baseline's": float(
                ((same - chance) / (1 - chance).clamp(min=1e-9)).clamp(0, 1)
            ),
            "it is the distance over the baseline's, not 1 less it": min(away / nothing, 1.0),
            "it is a divergence of Kullback and Leibler that is scaled": _kl_score(*told),
            "distances of logits, not of probabilities": _logit_score(*told),
        }
        right = swaps.tv_score(away, nothing)
        forms = {words: form for words, form in forms.items() if abs(form - right) > 2e-3}
        yield Question(WORSE if right == 0 else GROUPS[subject.role], told, right, forms)


def _kl_score(own: Logits, claim: Logits, baseline: Logits) -> float:
    def divergence(logits: Logits) -> float:
        log_p, log_q = own.double().log_softmax(-1), logits.double().log_softmax(-1)
        return float((log_p.exp() * (log_p - log_q)).sum(-1).mean())

    return min(max(1 - divergence(claim) / divergence(baseline), 0.0), 1.0)


def _logit_score(own: Logits, claim: Logits, baseline: Logits) -> float:
    away, nothing = (float((own - logits).abs().mean()) for logits in (claim, baseline))
    return min(max(1 - away / nothing, 0.0), 1.0)


# --- sorting.ablate and sorting.roles -------------------------------------------------------------


def _one_head(edit: Intervention, head: int) -> Intervention:
    """Let an edit of all heads' outputs touch one head only."""

    def only(z: torch.Tensor) -> torch.Tensor:
        edited = z.clone()
        edited[:, :, head] = edit.edit(z)[:, :, head]
        return edited

    return Intervention(edit.hook, only)


def _ask_ablate(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, everything = sample_data(64, generator)
    labels = _asked_in_part(everything, generator)
    right = swaps.mean_ablation_loss_increase(model, tokens, labels)
    clean = scored_performance_with(model, tokens, labels)

    def costs(edit: Intervention) -> list[float]:
        return [
            scored_performance_with(model, tokens, labels, _one_head(edit, head)).cross_entropy
            - clean.cross_entropy
            for head in range(model.cfg.n_heads)
        ]

    means = [swaps.mean_over_lists([head]) for head in range(model.cfg.n_heads)]
    forms: Forms = {
        "heads are set to zero, not to their mean over the lists": (
            costs(zero_ablate(swaps.HEAD_OUTPUTS))
        ),
        "the mean is over positions too, not over lists alone": (
            costs(mean_ablate(swaps.HEAD_OUTPUTS))
        ),
        "it is the loss without the head, not its increase": [
            cost + clean.cross_entropy for cost in right
        ],
        "positions count that the labels leave out": (
            swaps.mean_ablation_loss_increase(model, tokens, everything)
        ),
        "the sign is turned: a loss that grows is a positive cost": [-cost for cost in right],
        "it is the accuracy that is lost, not the loss that is gained": [
            clean.accuracy - scored_performance_with(model, tokens, labels, mean).accuracy
            for mean in means
        ],
    }
    yield about_heads(subject, (model, tokens, labels), right, forms)


def _ask_roles(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(64, generator)
    # A few numbers are never asked for: their columns are 0, not the ratio of nothing to nothing.
    unasked = torch.randperm(MAX_VALUE + 1, generator=generator)[:3]
    labels[torch.isin(labels, unasked)] = UNSCORED
    right = swaps.mean_ablation_by_answer(model, tokens, labels).nan_to_num(0.0)
    counts = labels[labels != UNSCORED].bincount(minlength=MAX_VALUE + 1)
    by_query = _ablation_by_query(model, tokens, labels)
    forms: Forms = {
        "columns are the query's token, not the right answer": by_query,
        "columns are sums over the positions with that answer, not means": right * counts,
        "columns are shares of the whole cost, divided by all asked positions": (
            right * counts / counts.sum()
        ),
        "the sign is turned: a loss that grows is a positive cost": -right,
    }
    yield about_heads(subject, (model, tokens, labels), right, forms)


def _ablation_by_query(
    model: TransformerBridge, tokens: Tokens, labels: Labels
) -> Float[torch.Tensor, "head value"]:
    """Return the wrong table that counts a position by the token it looks from."""
    scored = labels != UNSCORED
    # SEP's positions, column 51, fall outside the table.
    queries = tokens[scored]

    def losses(*edits: Intervention) -> torch.Tensor:
        logits = run_with(model, tokens, *edits)[scored].double()
        return torch.nn.functional.cross_entropy(logits, labels[scored], reduction="none")

    clean = losses()
    rows = [
        torch.zeros(MAX_VALUE + 2, dtype=torch.float64).index_add_(
            0, queries, losses(swaps.mean_over_lists([head])) - clean
        )
        for head in range(model.cfg.n_heads)
    ]
    counts = queries.bincount(minlength=MAX_VALUE + 2).clamp(min=1)
    return (torch.stack(rows) / counts)[:, : MAX_VALUE + 1]


# Tolerances: one of 640 rows or more may fall either way where two entries are all but equal; means
# of attention, scores and losses agree to 1e-4 between float32 and float64.
_ABOUT_MODELS = (
    (
        "sorting.performance",
        _ask_performance,
        judging(atol=2e-3, rtol=0, keys=PERFORMANCE),
    ),
    ("sorting.attended", _ask_attended, _judge_parts(ATTENDED, atol=2e-3)),
    ("sorting.swap", _ask_swap, judging(atol=1e-3, rtol=1e-4)),
    ("sorting.score", _ask_score, judging(atol=1e-3, rtol=0)),
    ("sorting.ablate", _ask_ablate, judging(atol=2e-3, rtol=1e-3)),
    ("sorting.roles", _ask_roles, judging(atol=5e-3, rtol=1e-3)),
)

PROBES: tuple[Probe, ...] = (
    Probe("sorting.inputs", _ask_inputs, _judge_parts(INPUTS, atol=0)),
    Probe("sorting.sources", _ask_sources, partial(close_or_known, atol=0)),
    *(Probe(name, asking(name, ask), judge) for name, ask, judge in _ABOUT_MODELS),
)

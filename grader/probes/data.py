"""Hidden questions of unit 01_data: other datasets, other settings, other vocabularies.

No model is asked about here. What stops an answer that remembers the public setting is that every
probe has a group in which that setting never occurs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Int

from glasslab.tasks.cumsum import MAX_VALUE, P_OPPOSITE, SEQUENCE_LENGTH, sample_tokens
from grader.findings import data as truth
from grader.probes.base import Probe, Question, close_or_known
from grader.suite import Suite

OTHER_SHAPES = ((2, 7), (9, 12), (3, 30))
"""(max_value, length) of vocabularies and lengths that the notebook doesn't use."""

SHORT_SHAPES = ((2, 2), (9, 12), (4, 2))
"""Likewise, but so short that the largest and the smallest sum are not all but impossible."""

Shapes = tuple[tuple[int, int], ...]
Setting = tuple[int, int, float]
"""(length, max_value, p_opposite)."""


def _probe(name: str, ask: Callable[[torch.Generator], list[Question]], *, atol: float) -> Probe:
    """Build a probe whose hidden questions come from the suite's own stream for this name."""

    def ask_suite(suite: Suite) -> list[Question]:
        return ask(suite.generator(name))

    return Probe(name, ask_suite, partial(close_or_known, atol=atol))


def _integers(low: int, high: int, shape: tuple[int, ...], generator: torch.Generator):
    """Draw integers in low..high, both ends included."""
    return torch.randint(low, high + 1, shape, generator=generator)


def _hidden_p(generator: torch.Generator) -> float:
    """Draw a probability clear of .5, where the rule is symmetric, and of the public .7."""
    low = 0.15 + 0.25 * torch.rand((), generator=generator).item()
    high = 0.78 + 0.17 * torch.rand((), generator=generator).item()
    return round(low if torch.rand((), generator=generator) < 0.5 else high, 3)


def _settings(
    generator: torch.Generator, shapes: Shapes = OTHER_SHAPES
) -> list[tuple[str, Setting]]:
    public = [("hidden probabilities", (SEQUENCE_LENGTH, MAX_VALUE)) for _ in range(3)]
    other = [
        ("other vocabularies and lengths", (length, max_value)) for max_value, length in shapes
    ]
    return [(group, (*shape, _hidden_p(generator))) for group, shape in (*public, *other)]


# --- data.carried_labels -----------------------------------------------------------------------


def _ask_carried_labels(generator: torch.Generator) -> list[Question]:
    shapes = [("hidden datasets", (MAX_VALUE, SEQUENCE_LENGTH)) for _ in range(3)]
    shapes += [("other vocabularies", shape) for shape in OTHER_SHAPES]
    questions = []
    for group, (max_value, length) in shapes:
        tokens = sample_tokens(24, generator, sequence_length=length, max_value=max_value)
        # Every start differs from zero, or an answer that ignores it would sometimes be right.
        start = _integers(1, 2 * max_value, (24,), generator)
        start *= 2 * _integers(0, 1, (24,), generator) - 1
        args = (tokens, max_value, start)
        right = truth.carried_labels(*args)
        forms = {
            "the carried sum seems to be left out": truth.carried_labels(
                tokens, max_value, torch.zeros_like(start)
            ),
            "the carried sum seems to be added at every position again": truth.carried_labels(
                tokens + start[:, None], max_value, torch.zeros_like(start)
            ),
            "the ids seem to be summed as if they were the values": truth.carried_labels(
                tokens, 0, start
            ),
            "max_value seems to be taken for 5, whatever is asked": truth.carried_labels(
                tokens, MAX_VALUE, start
            ),
            "the signs are there, but as -1, 0, 1 rather than classes 0, 1, 2": right - 1,
        }
        questions.append(Question(group, args, right, forms))
    return questions


# --- data.unwrapped_embedding ------------------------------------------------------------------


def _ask_unwrapped_embedding(generator: torch.Generator) -> list[Question]:
    shapes = [("hidden embeddings", (2 * MAX_VALUE + 1, d_model)) for d_model in (24, 24, 5)]
    shapes += [("other vocabularies", shape) for shape in ((7, 4), (19, 8), (41, 3))]
    questions = []
    for group, shape in shapes:
        W_E = torch.randn(shape, generator=generator)
        half = shape[0] // 2
        forms = {
            "the rows come back in the order they came in": W_E,
            "the rows seem to be rolled the wrong way round": W_E.roll(-half, dims=0),
            "the rows seem to be reversed": W_E.flip(0),
        }
        questions.append(Question(group, (W_E,), truth.unwrapped_embedding(W_E), forms))
    return questions


# --- data.tokens_from_draws --------------------------------------------------------------------


def _by_another_sum(
    first: Int[torch.Tensor, " batch"],
    magnitudes: Int[torch.Tensor, "batch step"],
    against: torch.Tensor,
    max_value: int,
    *,
    remember: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    counts_as_positive: Callable[[torch.Tensor], torch.Tensor],
) -> torch.Tensor:
    """Apply the rule wrongly: to something other than the sum, or with another sign rule."""
    values, memory = [first], first
    for step in range(magnitudes.shape[1]):
        negative = counts_as_positive(memory) == against[:, step]
        values.append(torch.where(negative, -magnitudes[:, step], magnitudes[:, step]))
        memory = remember(memory, values[-1])
    return torch.stack(values, dim=1) + max_value


def _ask_tokens_from_draws(generator: torch.Generator) -> list[Question]:
    shapes = [("hidden draws", (MAX_VALUE, SEQUENCE_LENGTH)) for _ in range(3)]
    shapes += [("other vocabularies and lengths", shape) for shape in OTHER_SHAPES]
    questions = []
    for group, (max_value, length) in shapes:
        args = (
            _integers(-max_value, max_value, (48,), generator),
            _integers(0, max_value, (48, length - 1), generator),
            torch.rand((48, length - 1), generator=generator) < 0.7,
            max_value,
        )
        right = truth.tokens_from_draws(*args)
        total, newest = torch.add, lambda memory, value: value
        forms = {
            "the rule seems to look at the previous value rather than at the running sum": (
                _by_another_sum(*args, remember=newest, counts_as_positive=lambda sums: sums > 0)
            ),
            "a running sum of zero seems to be treated as positive": _by_another_sum(
                *args, remember=total, counts_as_positive=lambda sums: sums >= 0
            ),
            "the mask seems to be read the other way round": truth.tokens_from_draws(
                *args[:2], ~args[2], max_value
            ),
            "these are the values, not the token ids": right - max_value,
            "max_value seems to be taken for 5, whatever is asked": right - max_value + MAX_VALUE,
        }
        questions.append(Question(group, args, right, forms))
    return questions


# --- data.sum_distribution ---------------------------------------------------------------------


def _ask_sum_distribution(generator: torch.Generator) -> list[Question]:
    questions = []
    for group, (length, max_value, p) in _settings(generator):
        right = truth.sum_distribution(length, max_value, p)
        forms = {
            "p_opposite seems to be read the other way round": truth.sum_distribution(
                length, max_value, 1 - p
            ),
            "it looks like the public p_opposite, whatever is asked": truth.sum_distribution(
                length, max_value, P_OPPOSITE
            ),
            # Mirroring the sums turns the rule "zero steps up" into "zero steps down".
            "a running sum of zero seems to be treated as positive": right.flip(1),
        }
        questions.append(Question(group, (length, max_value, p), right, forms))
    return questions


# --- data.class_shares -------------------------------------------------------------------------


def _ask_class_shares(generator: torch.Generator) -> list[Question]:
    questions = []
    for group, (length, max_value, p) in _settings(generator, SHORT_SHAPES):
        distribution = truth.sum_distribution(length, max_value, p)
        right = truth.class_shares(distribution)
        forms = {
            "positive and negative seem to be swapped": right.flip(1),
            "the middle column seems to be one off": truth.class_shares(distribution.roll(1, 1)),
            "the middle column seems to be one off, to the right": truth.class_shares(
                distribution.roll(-1, 1)
            ),
            "the shares are asked for at each position, not on average": right.mean(0),
        }
        questions.append(Question(group, (distribution,), right, forms))
    return questions


# --- data.fitted_table -------------------------------------------------------------------------


def _ask_fitted_table(generator: torch.Generator) -> list[Question]:
    # (rows, positions, contexts, contexts that occur)
    shapes = [("hidden datasets", (40, 9, n, n)) for n in (2, 6, 13)]
    shapes += [("contexts that never occur", (30, 7, n, n // 2)) for n in (8, 12, 31)]
    questions = []
    for group, (rows, positions, n_contexts, occurring) in shapes:
        contexts = _integers(0, occurring - 1, (rows, positions), generator)
        noise = _integers(0, 2, (rows, positions), generator)
        is_noisy = torch.rand((rows, positions), generator=generator) < 0.4
        labels = torch.where(is_noisy, noise, contexts % 3)
        right = truth.fitted_table(contexts, labels, n_contexts)
        counts = torch.zeros(n_contexts, 3, dtype=torch.float64)
        for context, label in zip(contexts.flatten(), labels.flatten(), strict=True):
            counts[context, label] += 1
        forms = {
            "these are counts, not probabilities": counts,
            "each column sums to one; each row should": (counts + 1) / (counts + 1).sum(0),
            "the counts don't seem to be raised by one before they are divided": (
                counts / counts.sum(1, keepdim=True).clamp(min=1)
            ),
            "one is added to the row's total, where three classes need three": (
                (counts + 1) / (counts.sum(1, keepdim=True) + 1)
            ),
        }
        questions.append(Question(group, (contexts, labels, n_contexts), right, forms))
    return questions


# --- data.sign_rule_accuracy -------------------------------------------------------------------


def _ask_sign_rule_accuracy(generator: torch.Generator) -> list[Question]:
    questions = []
    for group, (length, max_value, p) in _settings(generator):
        distribution = truth.sum_distribution(length, max_value, p)
        right = truth.sign_rule_accuracy(distribution, max_value, p)
        forms = {
            "the accuracies seem to be one position late": torch.cat([right[:1], right[:-1]]),
            "p_opposite seems to be read the other way round": truth.sign_rule_accuracy(
                distribution, max_value, 1 - p
            ),
            "it looks like the public p_opposite, whatever is asked": truth.sign_rule_accuracy(
                distribution, max_value, P_OPPOSITE
            ),
            "the step seems to be drawn without regard to the running sum": (
                truth.sign_rule_accuracy(distribution, max_value, 0.5)
            ),
            "the accuracy is asked for at each position, not on average": right.mean(),
        }
        questions.append(Question(group, (distribution, max_value, p), right, forms))
    return questions


# --- data.prefix_leakage -----------------------------------------------------------------------


def _ask_prefix_leakage(generator: torch.Generator) -> list[Question]:
    # (train rows, validation rows, positions, ids)
    shapes = [("hidden datasets", (50, 32, 8, 11)) for _ in range(3)]
    shapes += [
        ("other vocabularies and lengths", shape)
        for shape in ((20, 45, 5, 3), (64, 16, 13, 200), (35, 35, 20, 60))
    ]
    questions = []
    for group, (n_train, n_validation, positions, n_ids) in shapes:
        train = _integers(0, n_ids - 1, (n_train, positions), generator)
        fresh = _integers(0, n_ids - 1, (n_validation, positions), generator)
        # Each validation row begins like some train row, for a random number of tokens.
        parents = train[_integers(0, n_train - 1, (n_validation,), generator)]
        shared = _integers(0, positions, (n_validation, 1), generator)
        validation = torch.where(torch.arange(positions) < shared, parents, fresh)
        validation[-4:] = validation[0]
        if n_ids > 20:
            # Beginnings that look alike with their digits joined, or as numbers to the base 11.
            train[(train[:, 0] == 2) | (train[:, 0] == 11), 0] = 0
            train[0, :2] = torch.tensor([1, 12])
            validation[1:3, :2] = torch.tensor([[11, 2], [2, 1]])
        right = truth.prefix_leakage(train, validation)
        forms = {
            "train and validation seem to be swapped": truth.prefix_leakage(validation, train),
            "endings seem to be compared where beginnings should be": truth.prefix_leakage(
                train.flip(1), validation.flip(1)
            ),
            "single positions seem to be compared, not whole beginnings": torch.stack(
                [torch.isin(v, t).double().mean() for t, v in zip(train.T, validation.T)]
            ),
            "only whole sequences seem to be compared": right[-1],
        }
        questions.append(Question(group, (train, validation), right, forms))
    return questions


PROBES: tuple[Probe, ...] = (
    _probe("data.carried_labels", _ask_carried_labels, atol=1e-6),
    _probe("data.unwrapped_embedding", _ask_unwrapped_embedding, atol=1e-6),
    _probe("data.tokens_from_draws", _ask_tokens_from_draws, atol=1e-6),
    _probe("data.sum_distribution", _ask_sum_distribution, atol=1e-5),
    _probe("data.class_shares", _ask_class_shares, atol=1e-5),
    _probe("data.fitted_table", _ask_fitted_table, atol=1e-5),
    _probe("data.sign_rule_accuracy", _ask_sign_rule_accuracy, atol=1e-5),
    _probe("data.prefix_leakage", _ask_prefix_leakage, atol=1e-5),
)

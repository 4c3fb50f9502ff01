"""Hidden questions of unit 06_proof: bounds that no run may contradict, and tight enough to matter.

A bound is judged from both sides. It is unsound if a sequence that we built and ran does worse than
it allows: one such state, on one model, and nothing is earned. It is loose if our own proof shows
much more. What must travel for that is the proof itself, a number for each state: there is no way
to fill 21,120 states by samples that built sequences wouldn't contradict.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.folded import Folded, fold, main_direction, margin_line
from glasslab.models import assemble, config_of
from grader.findings.adversaries import extreme_sequences, found_margins, run_margins
from grader.findings.certificate import certify
from grader.findings.states import least_totals, state_shares
from grader.probes.base import (
    RIGHT,
    Judgement,
    Probe,
    Question,
    as_array,
    as_number,
    close_or_known,
    fatally_wrong,
    wrong,
)
from grader.probes.subjects import GROUPS
from grader.suite import Subject, Suite

FAULTS, COARSE, ANOTHER_SIZE, LONG, NONE, SUSPECTED = (
    "planted faults",
    "models with large constants",
    "models of another size",
    "long models that can be broken",
    "models without such inputs",
    "models that are only suspected",
)
NOT_A_TABLE = "the table of margins does not have the shape that was asked for"


def _normal(generator: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def _whole(generator: torch.Generator, low: int, high: int) -> int:
    """Draw a whole number, both ends included."""
    return int(torch.randint(low, high + 1, (), generator=generator))


# --- proof.shares ---------------------------------------------------------------------------------


def _ask_shares(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("proof.shares")
    sizes = (
        *(("short sequences", n, _whole(generator, 2, 7)) for n in (0, 1, 3, 4)),
        *(("long sequences", n + _whole(generator, 0, 4), most) for n, most in ((21, 6), (76, 5))),
    )
    for group, n_tokens, max_value in sizes:
        shares, longer = (_shares(n, max_value) for n in (n_tokens, n_tokens + 1))
        forms = {
            "these are counts, not shares": shares * float(2 * max_value + 1) ** n_tokens,
            "one token too many is counted": longer,
        }
        yield Question(group, (n_tokens, max_value), shares, forms)


def _shares(n_tokens: int, max_value: int) -> torch.Tensor:
    """Return the shares of the sums of n tokens: what leads into the state table's last row."""
    return state_shares(n_tokens + 1, max_value)[-1].sum(-1)


def _judge_shares(question: Question, answer: Any) -> Judgement:
    verdict = close_or_known(question, answer, atol=1e-12)
    array = as_array(answer)
    # A share of 11⁻⁸⁰ counts too: it is asked for to nine digits like any other.
    if verdict.right and array is not None and not np.allclose(array, question.expected, 1e-9, 0):
        return wrong("the smallest shares are lost")
    return verdict


# --- proof.lowest_sums, proof.lowest_sequence ----------------------------------------------------


def _tables(suite: Suite, purpose: str) -> Iterable[tuple[str, torch.Tensor]]:
    """Yield tables of parts ``[batch key token]``: small, long, and hidden models' own."""
    generator = suite.generator(purpose)
    for n_keys, n_tokens in ((1, 3), (3, 5), (6, 7)):
        yield "short tables", _normal(generator, 3, n_keys, n_tokens)
    yield "long tables", _normal(generator, 2, 79, 11)
    yield "long tables", _normal(generator, 4, 1, 11).expand(4, 25, 11).clone()
    for subject in (*suite.references[:2], *suite.decoys):
        position = _whole(generator, 6, 19)
        yield GROUPS[subject.role], _amounts(fold(subject.model.state_dict()), position)


def _amounts(folded: Folded, position: int) -> torch.Tensor:
    """Return what a model's keys add to a weighted sum of heights, its direction tilted."""
    u = folded.written[0, -1] - folded.written[0, 0]
    heights = folded.written[:position] @ (u / u.norm())
    return folded.scores[position, :, :position].exp() * heights


def _least(parts: torch.Tensor) -> torch.Tensor:
    *_, totals = least_totals(parts)
    return totals


def _ask_lowest_sums(suite: Suite) -> Iterable[Question]:
    yield Question("short tables", (torch.zeros(3, 0, 5, dtype=torch.float64),), torch.zeros(3, 1))
    for group, parts in _tables(suite, "proof.lowest_sums"):
        least = _least(parts)
        forms = {
            "it is the highest contribution": -_least(-parts),
            "each key is at its worst, whatever the sum": (
                parts.amin(-1).sum(-1, keepdim=True).expand_as(least)
            ),
            "the sums run the wrong way": least.flip(-1),
        }
        yield Question(group, (parts,), least, forms)


def _judge_lowest_sums(question: Question, answer: Any) -> Judgement:
    size = float(np.abs(np.asarray(question.expected)).max())
    return close_or_known(question, answer, atol=1e-9 + 1e-6 * size)


def _ask_lowest_sequence(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("proof.lowest_sequence/totals")
    for group, tables in _tables(suite, "proof.lowest_sequence"):
        parts = tables[_whole(generator, 0, len(tables) - 1)]
        least = _least(parts[None])[0]
        reach = len(least) // 2
        total = _whole(generator, -reach // 2, reach // 2)
        highest = -_least(-parts[None])[0, total + reach]
        context = {"least": float(least[total + reach]), "highest": float(highest)}
        yield Question(group, (parts, total), total, context=context)


def _judge_lowest_sequence(question: Question, answer: Any) -> Judgement:
    parts, total = question.args
    n_keys, n_tokens = parts.shape
    tokens = _as_tokens(answer)
    if tokens is None:
        return wrong("the answer is not a list of token ids")
    if len(tokens) != n_keys:
        return wrong("the sequence does not have one token for each key")
    if not all(0 <= token < n_tokens for token in tokens):
        return wrong("an id lies outside the vocabulary: are these values?")
    if sum(tokens) - n_keys * (n_tokens // 2) != total:
        return wrong("the sequence does not have the sum that was asked for")
    got = float(parts[torch.arange(n_keys), torch.tensor(tokens)].sum())
    least, highest = question.context["least"], question.context["highest"]
    slip = 1e-9 + 1e-6 * (highest - least)
    if got <= least + slip:
        return RIGHT
    if got >= highest - slip:
        return wrong("it has the highest contribution, not the lowest")
    return wrong("another sequence with that sum contributes less")


def _as_tokens(answer: Any) -> list[int] | None:
    """Return whole numbers in a list, or None if the answer is anything else."""
    array = as_array(answer)
    if array is None or array.ndim != 1 or not np.isfinite(array).all():
        return None
    if (array != np.round(array)).any() or (np.abs(array) > 1e6).any():
        return None
    return [int(token) for token in array]


# --- proof.height ---------------------------------------------------------------------------------


FLAT = "nearly flat attention"
# Judged in the middle third of the sums, where a proof needs it: farther out, a strength known only
# as a range over all tokens costs width without harm. Measured there on one suite: two right ways
# are 1.02 to 1.48 times as wide as what was tried; with no constant taken off, 12 times.
WIDER = 2.0


def _ask_height(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("proof.height")
    for group, uneven in (("uneven attention", 1.0), (FLAT, 0.02)):
        for n_places, n_tokens in ((1, 5), (3, 7), (5, 5)):
            scores = uneven * _normal(generator, n_tokens, n_places, n_tokens)
            scores = scores + _normal(generator, n_tokens, 1, 1)
            values = torch.arange(n_tokens) - n_tokens // 2
            slope, offset = 1 + _normal(generator).abs(), 30 + 10 * _normal(generator).abs()
            heights = offset + slope * values + 0.1 * _normal(generator, n_places, n_tokens)
            yield Question(group, (scores, heights), _every_height(scores, heights))
    for subject in (*suite.references, *suite.decoys):
        weights = subject.model.state_dict()
        folded, u = fold(weights), main_direction(weights)
        position = _whole(generator, 8, 19)
        scores = folded.scores[position, :, : position + 1]
        heights = (folded.written @ u)[: position + 1]
        found = _built_heights(folded, u, position)
        yield Question(GROUPS[subject.role], (scores, heights), found)


def _every_height(scores: torch.Tensor, heights: torch.Tensor) -> torch.Tensor:
    """Return the lowest and highest height of all sequences, ``[2 sum last]``."""
    n_places, n_tokens = heights.shape
    earlier = torch.tensor(list(product(range(n_tokens), repeat=n_places - 1)), dtype=torch.int64)
    earlier = earlier.reshape(n_tokens ** (n_places - 1), n_places - 1)
    last = torch.arange(n_tokens).repeat_interleave(len(earlier))
    tokens = torch.cat([earlier.repeat(n_tokens, 1), last[:, None]], dim=1)
    return _spans(scores, heights, tokens, (n_places - 1) * (n_tokens - 1) + 1)


def _built_heights(folded: Folded, u: torch.Tensor, position: int) -> torch.Tensor:
    """Return the lowest and highest height of sequences built to be extreme, ``[2 sum last]``."""
    tokens = extreme_sequences(folded, u, position).flatten(0, 1)
    n_tokens = folded.written.shape[1]
    scores = folded.scores[position, :, : position + 1]
    heights = (folded.written @ u)[: position + 1]
    return _spans(scores, heights, tokens, position * (n_tokens - 1) + 1)


def _spans(
    scores: torch.Tensor, heights: torch.Tensor, tokens: torch.Tensor, n_sums: int
) -> torch.Tensor:
    places, last = torch.arange(len(heights)), tokens[:, -1]
    attention = scores[last[:, None], places, tokens].softmax(-1)
    found = (attention * heights[places, tokens]).sum(-1)
    state = tokens[:, :-1].sum(-1) * heights.shape[1] + last
    low = torch.full((n_sums * heights.shape[1],), torch.inf, dtype=torch.float64)
    high = -low
    low, high = (
        low.scatter_reduce(0, state, found, "amin"),
        high.scatter_reduce(0, state, found, "amax"),
    )
    return torch.stack([low, high]).unflatten(1, (n_sums, heights.shape[1]))


def _judge_height(question: Question, answer: Any) -> Judgement:
    expected = np.asarray(question.expected)
    array = as_array(answer)
    if array is None or array.shape != expected.shape:
        return wrong("the answer does not have the shape that was asked for")
    if not np.isfinite(array).all():
        return wrong("the answer holds values that are not finite")
    (low, high), (lowest, highest) = array, expected
    slip = 1e-9 + 1e-6 * float(np.abs(expected).max())
    if (low > high + slip).any():
        return wrong("some lower end lies above its upper end")
    if (low > lowest + slip).any() or (high < highest - slip).any():
        return wrong("a sequence escapes the range")
    if question.group in (FLAT, GROUPS["reference"]):
        reach = low.shape[0] // 2
        middle = slice(reach - reach // 3, reach + reach // 3 + 1)
        width, needed = (float((b - a)[middle].mean()) for a, b in ((low, high), (lowest, highest)))
        if width > WIDER * needed + 1e-3 * float(np.ptp(expected)):
            return wrong("sound, but the ranges are far wider than they need to be")
    return RIGHT


# --- proof.lowest_value ---------------------------------------------------------------------------


def _ask_lowest_value(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("proof.lowest_value")
    for n_neurons, sign in ((1, 1.0), (5, 1.0), (8, -1.0)):
        pushes = 0.3 + _normal(generator, n_neurons).abs()
        pushes[0] *= sign
        rates = _normal(generator, n_neurons)
        readings = _normal(generator, 50, n_neurons)
        if n_neurons == 5:  # a dead neuron, and in some states its corner would be at 0 / 0
            rates[-1] = 0
            readings[::2, -1] = 0
        # Flat where about half of the neurons are open: so that many lowest points are corners.
        slope = -0.5 * float(rates @ pushes)
        low = _normal(generator, 50)
        yield _value_question(
            "random functions",
            _normal(generator, 50),
            slope,
            readings,
            rates,
            pushes,
            low,
            low + 3 * _normal(generator, 50).abs(),
        )
    yield _two_valleys(generator)
    for subject in suite.references:
        weights = subject.model.state_dict()
        u = main_direction(weights)
        position, other = _whole(generator, 3, 19), 2 * _whole(generator, 0, 1)
        line = margin_line(fold(weights), u, position, 1, other)
        low = 0.2 * _normal(generator, len(line.start)) - 0.2
        high = low + 0.5 * _normal(generator, len(low)).abs()
        yield _value_question(
            GROUPS[subject.role],
            line.start,
            line.slope,
            line.readings,
            line.rates,
            line.pushes,
            low,
            high,
        )


def _two_valleys(generator: torch.Generator) -> Question:
    """Ask about functions that fall, rise, fall and rise: downhill lies one valley of two."""
    corners = torch.arange(3) + 0.2 + 0.6 * torch.rand(50, 3, generator=generator).double()
    rates, steep = 0.5 + _normal(generator, 3).abs(), 1 + float(_normal(generator).abs())
    low = 0.1 * _normal(generator, 50).clamp(-1, 1)
    return _value_question(
        "functions with two valleys",
        _normal(generator, 50),
        -steep,
        -corners * rates,
        rates,
        steep * torch.tensor([2.0, -2.0, 2.0]) / rates,
        low,
        low + 3,
    )


def _value_question(
    group: str,
    start: torch.Tensor,
    slope: float,
    readings: torch.Tensor,
    rates: torch.Tensor,
    pushes: torch.Tensor,
    low: torch.Tensor,
    high: torch.Tensor,
) -> Question:
    def at(x: torch.Tensor) -> torch.Tensor:
        neurons = (readings[:, None] + rates * x[..., None]).relu()
        return start[:, None] + slope * x + neurons @ pushes

    ends = torch.stack([low, high], dim=1)
    corners = -readings / rates.where(rates != 0, torch.inf)
    inside = corners.maximum(low[:, None]).minimum(high[:, None])
    expected = at(torch.cat([ends, inside], dim=1)).amin(1)
    forms = {
        "only the two ends are looked at: there are corners between them": at(ends).amin(1),
        "corners count that lie outside the interval": at(torch.cat([ends, corners], 1)).amin(1),
        "it is the middle of the interval": at(ends.mean(1, keepdim=True))[:, 0],
        "it is the highest value": at(torch.cat([ends, inside], dim=1)).amax(1),
    }
    args = (start, slope, readings, rates, pushes, low, high)
    return Question(group, args, expected, forms)


def _judge_lowest_value(question: Question, answer: Any) -> Judgement:
    size = float(np.abs(np.asarray(question.expected)).max())
    return close_or_known(question, answer, atol=1e-9 + 1e-6 * size)


# --- proof.margins, proof.certify -----------------------------------------------------------------

# A claim may lie this much above a run: float32 noise. The solution's bounds lie .004 and more
# below what was found, most of it charged for rounding; who charges none is found out below.
RUN_NOISE = 1e-3
COARSE_RAISED = 2.0**20
"""Added to all logits of a reference: margins then come in steps of an eighth of a logit."""
# Share of inputs left unproved, more than we leave. Uneven attention charged by total variation
# leaves up to .013 on references, and is good enough for a table; not for a certificate.
LEFT_OPEN, LEFT_OPEN_CERTIFIED = 0.05, 1e-4
# On three planted faults the solution leaves .00013 more open than our own proof, or as much.
LEFT_OPEN_FAULTY = 0.01
# References: our own proof is .002 to .012 logits higher than the solution's. Uneven attention
# charged by total variation falls .27 to .79 short.
MARGIN_SHORT, WITNESS_SHORT = 0.08, 0.05


@lru_cache(maxsize=16)
def _about_models(suite: Suite) -> tuple[Question, ...]:
    """Ask for each model's bounds; two probes do, and what they are held against takes seconds."""
    generator = suite.generator("proof.margins")
    groups = {
        GROUPS["reference"]: [subject.model for subject in suite.references],
        GROUPS["decoy"]: [subject.model for subject in suite.decoys],
        FAULTS: [subject.model for subject in suite.mutants],
        COARSE: [_raised(suite.references[-1].model, COARSE_RAISED)],
    }
    # Of these a bound need only be sound.
    untold = (GROUPS["decoy"], COARSE)
    return tuple(
        Question(
            group,
            (dict(model.state_dict()),),
            found_margins(model, generator),
            context={"proof": None if group in untold else certify(model)},
        )
        for group, models in groups.items()
        for model in models
    )


def _ask_margins(suite: Suite) -> Iterable[Question]:
    """Ask what a certificate is asked, and for the bounds of a model with other sizes."""
    yield from _about_models(suite)
    model = _cut_down(suite.references[0].model, n_positions=9, max_value=3)
    found = found_margins(model, suite.generator("proof.margins/another size"))
    # Nobody trained it at this size: of its bound, too, only soundness is asked.
    context = {"proof": None}
    yield Question(ANOTHER_SIZE, (dict(model.state_dict()),), found, context=context)


def _cut_down(model: TransformerBridge, n_positions: int, max_value: int) -> TransformerBridge:
    """Return a copy of a model that reads fewer positions, and fewer values around 0."""
    config, weights = config_of(model), dict(model.state_dict())
    biggest, n_tokens = config.d_vocab // 2, 2 * max_value + 1
    weights["embed.weight"] = weights["embed.weight"][biggest - max_value :][:n_tokens]
    weights["pos_embed.weight"] = weights["pos_embed.weight"][:n_positions]
    return assemble(replace(config, n_ctx=n_positions, d_vocab=n_tokens), weights)


def _unproved_share(margins: np.ndarray) -> float:
    """Return the share of (sequence, position) pairs in states without a positive bound."""
    n_positions, _, n_tokens = margins.shape
    shares = state_shares(n_positions, n_tokens // 2).numpy()
    return float(shares[~(margins > 0)].sum() / n_positions)


def _unsound(question: Question, answer: Any) -> Judgement | None:
    """Judge a table of bounds, its tightness aside; None if it is sound."""
    found = np.asarray(question.expected)
    margins = as_array(answer)
    if margins is None or margins.shape != found.shape:
        return wrong(NOT_A_TABLE)
    reached = ~np.isnan(found)
    if (np.isnan(margins) & reached).any():
        return wrong("some states that sequences reach hold no bound")
    if (~np.isnan(margins) & ~reached).any():
        return wrong("states that no sequence reaches hold a number")
    if np.isinf(margins[reached]).any():
        return wrong("some bound is infinite")
    truth = found[reached]
    if (margins[reached] > truth + RUN_NOISE + 1e-5 * np.abs(truth)).any():
        return fatally_wrong(
            "unsound: some sequence has a smaller margin than is claimed for its state"
        )
    return None


def _judge_margins(question: Question, answer: Any) -> Judgement:
    if broken := _unsound(question, answer):
        return broken
    margins, proof = as_array(answer), question.context["proof"]
    assert margins is not None
    if proof is not None and _unproved_share(margins) > proof.error_bound + LEFT_OPEN:
        return wrong("sound, but it proves far less than can be proved")
    return RIGHT


def _judge_certify(question: Question, answer: Any) -> Judgement:
    keys = ("margins", "accuracy", "worst_margin", "witness", "witness_margin")
    if not isinstance(answer, dict) or any(key not in answer for key in keys):
        return wrong("the answer is not a dict with the keys that were asked for")
    if broken := _unsound(question, answer["margins"]):
        return broken
    margins = as_array(answer["margins"])
    assert margins is not None
    numbers = [
        as_array(as_number(answer[key])) for key in ("accuracy", "worst_margin", "witness_margin")
    ]
    if any(number is None or number.ndim or not np.isfinite(number) for number in numbers):
        return wrong("accuracy or a margin is not a finite number")
    accuracy, worst, witness_margin = (float(number) for number in numbers if number is not None)
    unproved = _unproved_share(margins)
    if accuracy > 1 - unproved + 1e-9:
        return fatally_wrong("unsound: the accuracy claimed is more than the table proves")
    if accuracy < 1 - unproved - 1e-6:
        return wrong(
            "the accuracy is less than the table proves: are states weighted by sequences?"
        )
    if abs(worst - float(np.nanmin(margins))) > 1e-6:
        return wrong("the worst margin is not the lowest in the table")
    (weights,) = question.args
    tokens = _as_tokens(answer["witness"])
    real = _real_margin(weights, tokens)
    if real is None:
        return wrong("the witness is not a sequence of token ids that the model can read")
    if abs(real - witness_margin) > RUN_NOISE + 1e-5 * abs(real):
        return wrong("run, the witness does not have the margin that is claimed for it")
    proof = question.context["proof"]
    return RIGHT if proof is None else _tight(question, unproved, worst, real)


def _tight(question: Question, unproved: float, worst: float, real: float) -> Judgement:
    """Hold a sound certificate against ours."""
    proof = question.context["proof"]
    faulty = question.group == FAULTS
    if unproved > proof.error_bound + (LEFT_OPEN_FAULTY if faulty else LEFT_OPEN_CERTIFIED):
        return wrong("sound, but it leaves inputs open that can be proved right")
    if not faulty and worst < proof.certified_worst_margin - MARGIN_SHORT:
        return wrong("sound, but the margin that it proves is far below what can be proved")
    if faulty and proof.witness_margin < 0 <= real:
        return wrong("the model fails on some inputs, and the witness is none of them")
    if not faulty and real > proof.witness_margin + WITNESS_SHORT:
        return wrong("the witness is far from the worst sequence that can be built")
    return RIGHT


def _real_margin(weights: dict[str, torch.Tensor], tokens: list[int] | None) -> float | None:
    """Run a sequence; return its margin at its last token, or None if it can't be run."""
    n_tokens, length = len(weights["embed.weight"]), len(weights["pos_embed.weight"])
    if not tokens or len(tokens) > length or not all(0 <= token < n_tokens for token in tokens):
        return None
    return float(run_margins(weights, torch.tensor([tokens]))[0, -1])


# --- proof.counterexample -------------------------------------------------------------------------


RAISED = 2.0**17
"""Added to all logits of a reference, it makes margins less than what rounding is charged with, .39
logits. Measured on five: 9 to 16 states are suspects, and run, the worst has a margin of .1 to .4.
Should a run fail on some other seed, who finds it is right, and None is as well."""


def _ask_counterexample(suite: Suite) -> Iterable[Question]:
    cases: tuple[tuple[str, tuple[Subject, ...], bool], ...] = (
        (LONG, suite.long_context, True),
        (FAULTS, suite.mutants, True),
        (NONE, (*suite.long_controls, *suite.references[:2]), False),
    )
    for group, subjects, breakable in cases:
        for subject in subjects:
            yield Question(group, (subject.model,), breakable)
    for subject in suite.references[-2:]:
        yield Question(SUSPECTED, (_raised(subject.model, RAISED),), expected=False)


def _raised(model: TransformerBridge, amount: float) -> TransformerBridge:
    """Return a copy of a model with the same added to all logits, so that float32 is coarse."""
    weights = dict(model.state_dict())
    weights["unembed.bias"] = weights["unembed.bias"] + amount
    return assemble(config_of(model), weights)


def _judge_counterexample(question: Question, answer: Any) -> Judgement:
    if answer is None:
        return wrong("there is such an input, but none was found") if question.expected else RIGHT
    tokens = _as_tokens(answer)
    if tokens is None:
        return wrong("the answer is neither None nor a list of token ids")
    (model,) = question.args
    real = _real_margin(model.state_dict(), tokens)
    if real is None:
        return wrong("the sequence is too long for the model, empty, or leaves its vocabulary")
    if real >= 0:
        return wrong("run on that sequence, the model is right at its last position")
    return RIGHT


PROBES: tuple[Probe, ...] = (
    Probe("proof.shares", lambda suite: [*_ask_shares(suite)], _judge_shares),
    Probe("proof.lowest_sums", lambda suite: [*_ask_lowest_sums(suite)], _judge_lowest_sums),
    Probe(
        "proof.lowest_sequence",
        lambda suite: [*_ask_lowest_sequence(suite)],
        _judge_lowest_sequence,
    ),
    Probe("proof.height", lambda suite: [*_ask_height(suite)], _judge_height),
    Probe("proof.lowest_value", lambda suite: [*_ask_lowest_value(suite)], _judge_lowest_value),
    # One bound that a run breaks, on any model, and nothing is earned; tightness earns the rest.
    Probe("proof.margins", lambda suite: [*_ask_margins(suite)], _judge_margins),
    Probe("proof.certify", _about_models, _judge_certify),
    Probe(
        "proof.counterexample",
        lambda suite: [*_ask_counterexample(suite)],
        _judge_counterexample,
        seconds_per_question=60.0,
    ),
)

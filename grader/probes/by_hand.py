"""Hidden questions of unit 07_by_hand: circuits for other sizes, judged on every sequence.

What comes back is data: it is read within bounds (`glasslab.circuits.read_circuit`), counted as
float32, and its worst case found by a dynamic programme, with float32's rounding charged. A circuit
is right if it is proved right on all sequences; nothing is sampled.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.circuits import Circuit, WorstCase, read_circuit, worst_case, worst_case_of_head
from glasslab.models import build_model, config_of, freeze
from glasslab.tasks.base import ModelConfig
from grader.findings import circuits
from grader.probes.base import (
    RIGHT,
    Judgement,
    Probe,
    Question,
    as_array,
    wrong,
)
from grader.probes.disguise import disguise
from grader.probes.subjects import judging
from grader.suite import Suite

SIZES = "hidden sizes"
NOT_A_CIRCUIT = "it is not a circuit of the form and size that was asked for"
NOT_RIGHT = "some sequence gets a wrong answer, or a tie"
TOO_TIGHT = "right in exact arithmetic, but by less than float32's rounding"

# Room for the rounding of a gain found in float32 (parts in ten thousand of a logit), and for one
# found by bisection.
LOSS_ROOM = 1.02
LEAST_P = 0.9
P_ROOM = 1e-3
MOST_SIZE = 10.0
SIZE_ROOM = 1 + 1e-6


def _sizes(generator: torch.Generator) -> Iterator[tuple[int, int]]:
    """Draw lengths and largest values: short and long, narrow and wide, and none that is public."""
    for lengths, largest in (
        ((7, 12), (2, 4)),
        ((7, 12), (6, 9)),
        ((21, 39), (3, 4)),
        ((21, 39), (6, 9)),
        ((45, 60), (2, 4)),
        ((45, 60), (6, 9)),
    ):
        yield _draw(lengths, generator), _draw(largest, generator)


def _draw(ends: tuple[int, int], generator: torch.Generator) -> int:
    return int(torch.randint(ends[0], ends[1] + 1, (), generator=generator))


def _uniform(low: float, high: float, generator: torch.Generator) -> float:
    return low + (high - low) * float(torch.rand((), generator=generator))


def _judge_worst(worst: WorstCase) -> Judgement:
    if worst.always_right:
        return RIGHT
    return wrong(TOO_TIGHT if worst.margin > 0 else NOT_RIGHT)


def _read(answer: Any, n_ctx: int, max_value: int) -> Circuit | None:
    try:
        return read_circuit(answer, n_ctx, max_value)
    except ValueError:  # its words hold what the learner's process sent
        return None


# --- by_hand.rewire -------------------------------------------------------------------------------

GUISES = ((0.4, 0.6), (1.7, 2.5))
"""The scale of the residual stream in the two guises of each hidden model."""

LENGTHS = (42, 48)
"""Positions of the lengthened models: a "zero" made for 20 positions, 1/40, loses to no mean of
1/42 or more, and the heads still tell 1/48 from 0."""


def _ask_rewire(suite: Suite) -> list[Question]:
    generator = suite.generator("by_hand.rewire")
    questions = []
    for subject in suite.references:
        questions.append(Question("hidden models", (subject.model,)))
        longer = _lengthened(subject.model, _draw(LENGTHS, generator))
        questions.append(Question("hidden models with more positions", (longer,)))
        for ends in GUISES:
            guise = disguise(subject.model, generator, scale=_uniform(*ends, generator))
            questions.append(Question("hidden models in disguise", (_shifted(guise, generator),)))
    return questions


def _lengthened(model: TransformerBridge, n_ctx: int) -> TransformerBridge:
    """Give a model more positions, all embedded as its last: the operated head reads none."""
    state = dict(model.state_dict())
    old = state["pos_embed.weight"]
    state["pos_embed.weight"] = torch.cat([old, old[-1:].expand(n_ctx - len(old), -1)])
    return _with_weights(replace(config_of(model), n_ctx=n_ctx), state)


def _shifted(model: TransformerBridge, generator: torch.Generator) -> TransformerBridge:
    """Move all that the head writes, by its bias and by the embeddings, and undo it elsewhere.

    Embeddings move along their own line, by one to three values, and positions move back: no logit
    changes, but the mean of what the tokens write is no longer next to nothing.
    """
    state = {name: weight.clone() for name, weight in model.state_dict().items()}
    shift = 2 * torch.randn(model.cfg.d_model, generator=generator)
    state["blocks.0.attn.o.bias"] += shift
    state["blocks.0.mlp.in.bias"] -= state["blocks.0.mlp.in.weight"] @ shift
    state["unembed.bias"] -= state["unembed.weight"] @ shift
    embedded = state["embed.weight"]
    value = (embedded[-1] - embedded[0]) / (len(embedded) - 1)
    step = _uniform(1.0, 3.0, generator) * value
    state["embed.weight"] = embedded + step
    state["pos_embed.weight"] -= step
    return _with_weights(config_of(model), state)


def _with_weights(config: ModelConfig, state: dict[str, torch.Tensor]) -> TransformerBridge:
    copy = build_model(config)
    copy.load_state_dict(state, strict=True)
    return freeze(copy)


def _judge_rewire(question: Question, answer: Any) -> Judgement:
    [model] = question.args
    if not isinstance(answer, dict) or not {"W_U", "b_U"} <= set(answer):
        return wrong("the answer is not a dict with 'W_U' and 'b_U'")
    W_U, b_U = as_array(answer["W_U"]), as_array(answer["b_U"])
    if W_U is None or b_U is None or W_U.shape != (model.cfg.d_model, 3) or b_U.shape != (3,):
        return wrong("'W_U' or 'b_U' does not have the shape that was asked for")
    largest = max(abs(W_U).max(), abs(b_U).max())
    if not largest < 1e12:  # NaN is not either
        return wrong("'W_U' or 'b_U' holds numbers that are not finite, or far too large")
    return _judge_worst(worst_case_of_head(model, torch.from_numpy(W_U), torch.from_numpy(b_U)))


# --- by_hand.window -------------------------------------------------------------------------------


def _ask_window(suite: Suite) -> list[Question]:
    generator = suite.generator("by_hand.window")
    questions = []
    for n_ctx, max_value in _sizes(generator):
        for sign in (1, -1):
            skip = sign * _uniform(0.3, 3.0, generator)
            # From a closed window to a wide one.
            strength = _uniform(0.5, 4.0, generator) * 2 * abs(skip) * n_ctx * max_value
            window = circuits.readout_window(strength, skip, n_ctx, max_value)
            right = [window.low, window.high, window.least_strength]
            leak = abs(skip) * max_value
            forms = {
                "the leak of the last token is left out": [0.0, strength / n_ctx, 0.0],
                "the sign of skip matters where it should not": [
                    -leak,
                    strength / n_ctx + leak,
                    -right[2],
                ],
                "the smallest positive sum may come with a last token that pulls down": [
                    leak,
                    strength / n_ctx,
                    leak * n_ctx,
                ],
                "the window is open only if high is above low, not merely above 0": [
                    *right[:2],
                    leak * n_ctx,
                ],
            }
            args = (strength, skip, n_ctx, max_value)
            questions.append(Question(SIZES, args, right, forms))
    return questions


# --- by_hand.circuit ------------------------------------------------------------------------------


def _ask_circuit(suite: Suite) -> list[Question]:
    return [Question(SIZES, size) for size in _sizes(suite.generator("by_hand.circuit"))]


def _judge_circuit(question: Question, answer: Any) -> Judgement:
    circuit = _read(answer, *question.args)
    if circuit is None:
        return wrong(NOT_A_CIRCUIT)
    if circuit.W_E.shape[1] != 1:
        return wrong("the stream is more than one number wide")
    return _judge_worst(worst_case(circuit, *question.args))


# --- by_hand.turn_up ------------------------------------------------------------------------------


def _ask_turn_up(suite: Suite) -> list[Question]:
    generator = suite.generator("by_hand.turn_up")
    questions = []
    # A low threshold is least sure at sum 0, where both others tie; a high one at sum ±1.
    shares = (0.2, 0.5, 0.8) * 2
    for (n_ctx, max_value), share in zip(_sizes(generator), shares, strict=True):
        loss = math.exp(_uniform(math.log(0.005), math.log(0.3), generator))
        margin = _uniform(0.1, 0.5, generator)
        weights = circuits.found_circuit(n_ctx, max_value, share, margin, generator)
        questions.append(Question("hidden circuits", (weights, n_ctx, max_value, loss)))
    return questions


def _judge_turn_up(question: Question, answer: Any) -> Judgement:
    weights, n_ctx, max_value, loss = question.args
    circuit = _read(answer, n_ctx, max_value)
    if circuit is None:
        return wrong(NOT_A_CIRCUIT)
    worst = worst_case(circuit, n_ctx, max_value)
    if not worst.always_right:
        return _judge_worst(worst)
    if circuit.nonzero > read_circuit(weights, n_ctx, max_value).nonzero:
        return wrong("it has more numbers other than zero than the circuit it came from")
    if worst.loss > loss * LOSS_ROOM:
        return wrong("the worst sequence's cross-entropy is above the loss that was asked for")
    if worst.loss < loss / 4:
        return wrong("it is turned up much further than was asked for")
    return RIGHT


# --- by_hand.small --------------------------------------------------------------------------------


def _ask_small(suite: Suite) -> list[Question]:
    """Ask for each size twice, once without a budget: a right but larger circuit earns half."""
    return [
        Question(SIZES, (n_ctx, max_value), context={"budget": budget})
        for n_ctx, max_value in _sizes(suite.generator("by_hand.small"))
        for budget in (None, budget_of(max_value))
    ]


def budget_of(max_value: int) -> int:
    """Return the community's count, 38 at values up to 5, for other largest values.

    Its two channels hold 4 · max_value numbers of the embedding; 18 are left for all else.
    """
    return 4 * max_value + 18


def _judge_small(question: Question, answer: Any) -> Judgement:
    circuit = _read(answer, *question.args)
    if circuit is None:
        return wrong(NOT_A_CIRCUIT)
    worst = worst_case(circuit, *question.args)
    if not worst.always_right:
        return _judge_worst(worst)
    if circuit.largest > MOST_SIZE * SIZE_ROOM:
        return wrong("it holds a number larger than 10")
    if math.exp(-worst.loss) < LEAST_P - P_ROOM:
        return wrong("on some sequence p(correct) is below .9")
    budget = question.context["budget"]
    if budget is not None and circuit.nonzero > budget:
        return wrong("it is right, but with more numbers other than zero than the budget allows")
    return RIGHT


def _probes() -> Iterable[Probe]:
    yield Probe("by_hand.rewire", _ask_rewire, _judge_rewire)
    yield Probe(
        "by_hand.window",
        _ask_window,
        # Plain arithmetic: only float32 for float64 may differ.
        judging(atol=0, rtol=1e-5, keys=("low", "high", "least_strength")),
    )
    yield Probe("by_hand.circuit", _ask_circuit, _judge_circuit)
    yield Probe("by_hand.turn_up", _ask_turn_up, _judge_turn_up)
    yield Probe("by_hand.small", _ask_small, _judge_small)


PROBES: tuple[Probe, ...] = tuple(_probes())

"""Public checks of unit 07_by_hand: a circuit is judged on every sequence, not on a sample.

The instrument is `glasslab.circuits`, which the notebook hands out too: where a circuit fails, the
check shows a sequence on which it does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.expect import as_tensor, entries, near, numbers, require
from glasslab.checks.outcome import Incorrect
from glasslab.checks.session import Law
from glasslab.checks.subjects import WIDTH, public_model, scaled_copy
from glasslab.circuits import Circuit, WorstCase, read_circuit, worst_case, worst_case_of_head
from glasslab.models import assemble, config_of

Answer = Callable[..., Any]

OUTPUTS = 3
CLASSES = ("negative", "zero", "positive")
IN_ORDER = (
    " Do the rows of W_E stand for the values from lowest to highest, and the columns of W_U for "
    "negative, zero, positive?"
)


def _sequence_in_words(tokens: list[int], max_value: int) -> str:
    """Tell a long sequence shortly: its sum, its last value, and how often it holds the others."""
    values = [token - max_value for token in tokens]
    before = [
        f"{count} × {value:+d}" if value else f"{count} × 0"
        for value, count in sorted(Counter(values[:-1]).items())
    ]
    start = f"{', '.join(before)}, then " if before else ""
    total = sum(values)
    last, all_in_all = (f"{number:+d}" if number else "0" for number in (values[-1], total))
    return f"{start}{last} (sum {all_in_all}, so {CLASSES[int(np.sign(total)) + 1]!r})"


def _require_right(worst: WorstCase, max_value: int, where: str, hint: str = IN_ORDER) -> None:
    """Refuse a circuit that isn't right everywhere, with a sequence on which it isn't.

    The hint is for one that is wrong nearly everywhere.
    """
    if worst.always_right:
        return
    words = _sequence_in_words(worst.witness, max_value)
    if worst.margin > 0:
        raise Incorrect(
            f"{where}: right everywhere in exact arithmetic, but after {words} the right answer "
            f"leads by {worst.margin:.2g} only, and float32 may be off by {worst.rounding:.2g}"
        )
    mostly_wrong = worst.wrong_states > worst.states / 2
    raise Incorrect(
        f"{where}: after {words} the right answer's logit less the best other one is "
        f"{worst.margin:.4g}; {worst.wrong_states:,} of {worst.states:,} states are not "
        f"right.{hint if mostly_wrong else ''}"
    )


def _read(weights: Any, n_ctx: int, max_value: int) -> Circuit:
    if weights is None:
        raise Incorrect("expected a dict of named arrays, got None: is a return missing?")
    try:
        return read_circuit(weights, n_ctx, max_value)
    except ValueError as error:
        where = f"{n_ctx} positions, values up to {max_value}"
        raise Incorrect(f"{where}: {error}") from error


# --- by_hand.rewire -------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _patients() -> tuple[tuple[str, TransformerBridge], ...]:
    """Return the public model, and copies whose heads write much the same in other numbers."""
    public = public_model()
    weaker = scaled_copy(public, ("blocks.0.attn.o.",), -0.5)
    generator = torch.Generator().manual_seed(11)
    biases = public.state_dict()["blocks.0.attn.o.bias"]
    shifted = {"blocks.0.attn.o.bias": biases + 0.5 * torch.randn(WIDTH, generator=generator)}
    tokens, places = (public.state_dict()[f"{name}.weight"] for name in ("embed", "pos_embed"))
    two = (tokens[-1] - tokens[0]) / 5  # two values further along the embeddings' own line
    moved = {"embed.weight": tokens + two, "pos_embed.weight": places - two}
    longer = {"pos_embed.weight": torch.cat([places, places[-1:].expand(44 - len(places), -1)])}
    return (
        ("on the public model", public),
        ("on a copy whose head writes half as much, the other way round", weaker),
        ("on a copy whose head has other biases", _copy(public, shifted)),
        ("on a copy whose embeddings are all moved by the same step", _copy(public, moved)),
        ("on a copy with 44 positions", _copy(public, longer)),
    )


def _copy(model: TransformerBridge, changed: dict[str, torch.Tensor]) -> TransformerBridge:
    """Return a copy with some weights changed, and as many positions as those embed."""
    state = model.state_dict() | changed
    return assemble(replace(config_of(model), n_ctx=len(state["pos_embed.weight"])), state)


def _law_rewire(answer: Answer) -> str:
    margins = []
    for where, model in _patients():
        model.reset_hooks()
        readout = entries(answer(model), ("W_U", "b_U"))
        W_U = as_tensor(readout["W_U"], {"d_model": WIDTH, "output": OUTPUTS})
        b_U = as_tensor(readout["b_U"], {"output": OUTPUTS})
        require(bool(W_U.any()), f"{where}: W_U is zero, so nothing is read")
        worst = worst_case_of_head(model, W_U, b_U)
        _require_right(
            worst,
            5,
            where,
            " Is the reading divided by the slope, sign and all, and the start taken away?",
        )
        margins.append(worst.margin)
    return f"right on all 11²⁰ sequences, on the head alone; worst margin {margins[0]:.3g} logits"


# --- by_hand.window -------------------------------------------------------------------------------


def _streams(
    strength: float, skip: float, n_ctx: int, max_value: int
) -> tuple[list[float], list[float]]:
    """Return the stream on all sequences up to a length: where the sum is 0, and where positive."""
    at_zero, above = [], []
    values = range(-max_value, max_value + 1)
    for length in range(1, n_ctx + 1):
        for sequence in product(values, repeat=length):
            total = sum(sequence)
            stream = skip * sequence[-1] + strength * total / length
            if total >= 0:
                (above if total else at_zero).append(stream)
    return at_zero, above


def _law_window(answer: Answer) -> str:
    keys = ("low", "high", "least_strength")
    for strength, skip, n_ctx, max_value in (
        (20.0, 1.0, 4, 2),
        (9.0, 1.0, 5, 1),
        (30.0, -0.5, 3, 4),
        (4.0, 2.0, 4, 2),
    ):
        found = numbers(answer(strength, skip, n_ctx, max_value), keys)
        at_zero, above = _streams(strength, skip, n_ctx, max_value)
        where = (
            f"strength {strength:g}, skip {skip:g}, {n_ctx} positions, values up to {max_value}: "
            "of all sequences, tried one by one,"
        )
        low, high = max(map(abs, at_zero)), min(above)
        near(
            found["low"],
            low,
            f"{where} 'low' must be the highest reading in size of those of sum 0",
            atol=1e-6,
        )
        near(
            found["high"],
            high,
            f"{where} 'high' must be the lowest reading of those of a positive sum",
            "Shorter sequences count too, and so do those that end badly.",
            atol=1e-6,
        )
        least = found["least_strength"]
        require(
            abs(least - numbers(answer(strength / 2, skip, n_ctx, max_value), keys)[keys[2]])
            < 1e-6,
            "'least_strength' must not depend on the strength that is given",
        )
        for factor, is_open in ((0.99, False), (1.01, True)):
            at_zero, above = _streams(least * factor, skip, n_ctx, max_value)
            require(
                (max(map(abs, at_zero)) < min(above)) == is_open,
                f"skip {skip:g}, {n_ctx} positions, values up to {max_value}: at "
                f"{factor:g} times your 'least_strength' ({least:g}) the window is "
                f"{'still closed' if is_open else 'open already'}",
            )
    return "as on all sequences of four small worlds, tried one by one"


# --- by_hand.circuit ------------------------------------------------------------------------------


def _law_circuit(answer: Answer) -> str:
    margins = []
    for n_ctx, max_value in ((4, 2), (20, 5), (33, 3)):
        circuit = _read(answer(n_ctx, max_value), n_ctx, max_value)
        width = circuit.W_E.shape[1]
        require(width == 1, f"the stream must be one number wide; d_model is {width}")
        worst = worst_case(circuit, n_ctx, max_value)
        _require_right(worst, max_value, f"{n_ctx} positions, values up to {max_value}")
        margins.append(worst.margin)
    return f"right on every sequence of three sizes; worst margin {margins[1]:.3g} at 20 and 5"


# --- by_hand.turn_up ------------------------------------------------------------------------------

# Two right circuits in which no channel means anything by itself: (n_ctx, max_value, weights).
FOUND = (
    (
        6,
        2,
        {
            "W_E": [
                [1.0289, -0.0179, -1.6656, 0.4086],
                [0.5144, -0.009, -0.8328, 0.2043],
                [0.0, 0.0, 0.0, 0.0],
                [-0.5144, 0.009, 0.8328, -0.2043],
                [-1.0289, 0.0179, 1.6656, -0.4086],
            ],
            "W_V": [[0.0642, -1.0268], [-0.0011, 0.0179], [-0.1039, 1.6623], [0.0255, -0.4078]],
            "W_O": [[-0.0162, 0.1321, 0.0053, 0.0684], [0.2596, -2.1131, -0.0854, -1.0944]],
            "b_O": [-0.2638, -0.4699, 0.0485, 0.841],
            "W_U": [
                [-0.1084, -0.0528, 0.1084],
                [0.8822, -0.094, -0.8822],
                [0.0357, 0.0097, -0.0357],
                [0.4569, 0.1682, -0.4569],
            ],
            "b_U": [0.25, 0.45, 0.25],
        },
    ),
    (
        9,
        1,
        {
            "W_E": [
                [0.785, -0.5641, 0.0349, 0.2537],
                [0.0, 0.0, 0.0, 0.0],
                [-0.785, 0.5641, -0.0349, -0.2537],
            ],
            "W_V": [[1.3187, 0.8521], [-0.9475, -0.6123], [0.0587, 0.0379], [0.4261, 0.2753]],
            "W_O": [[0.2788, 0.2962, 1.3024, -0.3836], [0.1802, 0.1914, 0.8416, -0.2479]],
            "b_O": [0.4876, 0.7979, -0.1996, 0.2928],
            "W_U": [
                [0.1967, 0.0731, -0.1967],
                [0.209, 0.1197, -0.209],
                [0.9189, -0.0299, -0.9189],
                [-0.2707, 0.0439, 0.2707],
            ],
            "b_U": [0.25, 0.4, 0.25],
        },
    ),
)


def _law_turn_up(answer: Answer) -> str:
    for n_ctx, max_value, weights in FOUND:
        before = read_circuit(weights, n_ctx, max_value)
        for loss in (0.3, 0.02):
            given = {name: torch.tensor(table) for name, table in weights.items()}
            circuit = _read(answer(given, n_ctx, max_value, loss), n_ctx, max_value)
            worst = worst_case(circuit, n_ctx, max_value)
            where = f"loss {loss:g}, a right circuit of {n_ctx} positions, values up to {max_value}"
            _require_right(worst, max_value, f"{where}: answers have changed", hint="")
            require(
                circuit.nonzero <= before.nonzero,
                f"{where}: it has {circuit.nonzero} numbers other than zero, and had "
                f"{before.nonzero}",
            )
            require(
                worst.loss <= loss * 1.02,
                f"{where}: on its worst sequence the cross-entropy is {worst.loss:.4g} still. Do "
                "all three logits grow by the same factor, and by enough for two rivals?",
            )
            require(
                worst.loss >= loss / 4,
                f"{where}: its worst cross-entropy is {worst.loss:.3g}, far below what was asked "
                "for; turn it up just as far as needed",
            )
    return "no answer changed, and the worst sequence is as sure as was asked for"


# --- by_hand.small --------------------------------------------------------------------------------


def _law_small(answer: Answer) -> str:
    counts = {}
    for n_ctx, max_value in ((20, 5), (7, 2), (50, 8)):
        circuit = _read(answer(n_ctx, max_value), n_ctx, max_value)
        worst = worst_case(circuit, n_ctx, max_value)
        where = f"{n_ctx} positions, values up to {max_value}"
        _require_right(worst, max_value, where)
        require(
            circuit.largest <= 10 * (1 + 1e-6),
            f"{where}: no number may be larger than 10 in size; there is one of "
            f"{circuit.largest:.4g}",
        )
        surest = math.exp(-worst.loss)
        require(
            surest >= 0.9 - 1e-3,
            f"{where}: p(correct) must be at least .9 on every sequence; yours can fall "
            f"to {surest:.3f}, both other answers taken at their strongest",
        )
        budget = 4 * max_value + 18
        require(
            circuit.nonzero <= budget,
            f"{where}: right and sure on every sequence (half of the points), but with "
            f"{circuit.nonzero} numbers other than zero; the budget is {budget}",
        )
        counts[n_ctx, max_value] = circuit.nonzero
    return (
        "right and sure on every sequence; at 20 positions and values up to 5, "
        f"{counts[20, 5]} numbers other than zero (the mark to meet: 38)"
    )


LAWS: dict[str, Law] = {
    "by_hand.rewire": _law_rewire,
    "by_hand.window": _law_window,
    "by_hand.circuit": _law_circuit,
    "by_hand.turn_up": _law_turn_up,
    "by_hand.small": _law_small,
}

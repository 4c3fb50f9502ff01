"""Hand-made circuits: their worst case against all sequences tried, and the references' own."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glasslab.circuits import (
    build_circuit_model,
    read_circuit,
    witness_tokens,
    worst_case,
    worst_case_of_head,
)
from glasslab.models import load_public
from grader.findings.circuits import (
    found_circuit,
    louder,
    narrow_circuit,
    needed_margin,
    readout_window,
    rewired,
    small_circuit,
)

SIZES = st.tuples(st.integers(1, 4), st.integers(1, 2))


def _random_circuit(
    n_ctx: int, max_value: int, d_model: int, d_head: int, seed: int
) -> dict[str, torch.Tensor]:
    """Draw a circuit in which nothing is zero, positions and biases included."""
    shapes = {
        "W_E": (2 * max_value + 1, d_model),
        "W_pos": (n_ctx, d_model),
        "W_V": (d_model, d_head),
        "b_V": (d_head,),
        "W_O": (d_head, d_model),
        "b_O": (d_model,),
        "W_U": (d_model, 3),
        "b_U": (3,),
    }
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}


def _margins(weights: dict[str, Any], n_ctx: int, max_value: int) -> torch.Tensor:
    """Run the model on all sequences; return the right logit's lead, ``[sequence position]``."""
    tokens = torch.tensor(list(itertools.product(range(2 * max_value + 1), repeat=n_ctx)))
    with torch.no_grad():
        logits = build_circuit_model(read_circuit(weights, n_ctx, max_value))(tokens).double()
    labels = (tokens - max_value).cumsum(1).sign() + 1
    right = logits.gather(-1, labels[..., None])
    others = logits.scatter(-1, labels[..., None], -torch.inf)
    return right[..., 0] - others.amax(-1)


@settings(max_examples=25, deadline=None)
@given(SIZES, st.integers(1, 3), st.integers(1, 2), st.integers(0, 2**31))
def test_the_worst_case_is_that_of_all_sequences_tried(
    size: tuple[int, int], d_model: int, d_head: int, seed: int
) -> None:
    weights = _random_circuit(*size, d_model, d_head, seed)
    worst, margins = worst_case(weights, *size), _margins(weights, *size)
    assert worst.margin == pytest.approx(float(margins.min()), abs=worst.rounding)
    assert worst.rounding < 1e-3
    position = len(worst.witness) - 1
    [row] = witness_tokens(worst, size[0]).tolist()
    index = int("".join(map(str, row)), 2 * size[1] + 1)
    assert float(margins[index, position]) == pytest.approx(worst.margin, abs=worst.rounding)


@settings(max_examples=15, deadline=None)
@given(SIZES, st.integers(0, 2**31))
def test_no_sequence_has_a_larger_loss_than_is_said(size: tuple[int, int], seed: int) -> None:
    weights = _random_circuit(*size, 2, 1, seed)
    least = float(_margins(weights, *size).min())
    loss = worst_case(weights, *size).loss
    # One rival at the smallest margin is the least that the worst loss can be, two are the most.
    assert math.log1p(math.exp(-least)) - 1e-3 <= loss <= math.log1p(2 * math.exp(-least)) + 1e-3


@pytest.mark.parametrize("n_ctx, max_value", [(7, 2), (20, 5), (60, 9), (60, 2), (7, 9)])
def test_reference_circuits_are_right_on_every_sequence(n_ctx: int, max_value: int) -> None:
    for weights in (narrow_circuit(n_ctx, max_value), small_circuit(n_ctx, max_value)):
        circuit = read_circuit(weights, n_ctx, max_value)
        assert worst_case(circuit, n_ctx, max_value).always_right
        assert circuit.nonzero == 2 * max_value + 5
    assert circuit.largest <= 10
    assert math.exp(-worst_case(circuit, n_ctx, max_value).loss) > 0.94


@pytest.mark.parametrize("n_ctx, max_value", [(3, 1), (4, 2), (5, 1)])
@pytest.mark.parametrize("skip", [1.0, -0.5])
def test_the_window_opens_at_the_least_strength(n_ctx: int, max_value: int, skip: float) -> None:
    least = readout_window(1.0, skip, n_ctx, max_value).least_strength
    for factor, is_right in ((0.98, False), (1.02, True)):
        window = readout_window(factor * least, skip, n_ctx, max_value)
        # Values embedded as skip · v, so that the skip path leaks that much.
        weights = {
            "W_E": skip * torch.arange(-max_value, max_value + 1.0)[:, None],
            "W_V": [[1.0]],
            "W_O": [[factor * least / skip]],
            "W_U": [[-1.0, 0.0, 1.0]],
            "b_U": [0.0, (window.low + window.high) / 2, 0.0],
        }
        assert worst_case(weights, n_ctx, max_value).always_right == is_right


def test_a_circuit_turned_up_keeps_its_answers_and_its_promise() -> None:
    generator = torch.Generator().manual_seed(0)
    for share in (0.2, 0.5, 0.8):
        found = found_circuit(9, 3, share, 0.1, generator)
        before = worst_case(found, 9, 3)
        assert before.always_right and before.loss > 0.8
        after = worst_case(louder(found, needed_margin(0.05) / before.margin), 9, 3)
        assert after.always_right and 0.0125 < after.loss <= 0.05 * 1.001


def test_the_public_models_head_is_enough() -> None:
    model = load_public("cumsum")
    readout = rewired(model)
    worst = worst_case_of_head(model, readout["W_U"], readout["b_U"])
    assert worst.states == 21_120 and worst.always_right
    no_decay = load_public("cumsum_no_decay")
    readout = rewired(no_decay)
    assert not worst_case_of_head(no_decay, readout["W_U"], readout["b_U"]).always_right


@pytest.mark.parametrize(
    "change, words",
    [
        ({"W_Q": torch.zeros(1, 1)}, "no 'W_Q'"),
        ({"W_E": torch.zeros(4, 1)}, "W_E must be of shape"),
        ({"W_E": torch.zeros(5, 65)}, "1 to 64"),
        ({"W_V": [[math.nan]]}, "neither 0"),
        ({"W_V": [[1e9]]}, "neither 0"),
        ({"W_V": [[1e-9]]}, "neither 0"),
        ({"W_O": "a string"}, "not an array"),
        ({"W_O": [[1.0], [1.0, 2.0]]}, "not an array"),
        ({"b_U": [0.0, 1.0]}, "b_U must be of shape"),
    ],
)
def test_what_is_no_circuit_is_refused_in_words(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_circuit(narrow_circuit(7, 2) | change, 7, 2)


def test_a_missing_matrix_is_named() -> None:
    weights = narrow_circuit(7, 2)
    del weights["W_O"]
    with pytest.raises(ValueError, match="lacks 'W_O'"):
        read_circuit(weights, 7, 2)


def test_a_millionth_may_come_in_float32() -> None:
    weights = narrow_circuit(7, 2) | {"b_O": torch.tensor([1e-6])}
    assert (
        read_circuit(weights, 7, 2).nonzero == read_circuit(narrow_circuit(7, 2), 7, 2).nonzero + 1
    )

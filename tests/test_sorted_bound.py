"""Bounds of the first step: exact where all choices can be tried, sound on models of each shape."""

from __future__ import annotations

import math
from itertools import combinations, product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glasslab.checks.sorting_subjects import (
    ONE_HEAD_SHAPE,
    PLAIN_SHAPE,
    SHAPE,
    scrambled_model,
    unsorted_lists,
)
from glasslab.first_step import first_step
from glasslab.models import load_public
from glasslab.tasks.base import ModelConfig
from glasslab.tasks.sorted_list import with_answers
from grader.findings.sorting.bound import (
    N_LEAST,
    N_SECOND,
    Bounds,
    QuickMargins,
    least_means,
    logits_at_sep,
    scaled_margins,
    state_shares,
    worst_lists,
)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n_sure=st.integers(1, 2), count=st.integers(1, 3))
def test_no_choice_has_a_smaller_mean(seed: int, n_sure: int, count: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    low = torch.rand(6, generator=generator, dtype=torch.float64) + 0.01
    high = low * (1 + 3 * torch.rand(6, generator=generator, dtype=torch.float64))
    values = torch.randn(6, 1, generator=generator, dtype=torch.float64)
    sure = torch.arange(6) < n_sure
    least = min(
        float(sum(w * values[i, 0] for w, i in zip(weights, there)) / sum(weights))
        for picked in combinations(range(n_sure, 6), count)
        for there in [[*range(n_sure), *picked]]
        for weights in product(*((float(low[i]), float(high[i])) for i in there))
    )
    found = least_means(low, high, values, sure[None], ~sure[None], count)
    assert math.isclose(float(found), least, abs_tol=1e-8)


@pytest.mark.parametrize("shape", [SHAPE, PLAIN_SHAPE, ONE_HEAD_SHAPE])
def test_the_tables_are_the_model_and_float32_strays_less_than_is_charged(
    shape: ModelConfig,
) -> None:
    model, lists = scrambled_model(3, shape), unsorted_lists(50)
    exact, divisor = logits_at_sep(model, lists)
    step = first_step(model)
    assert bool((divisor >= step.divisors[0]).all() and (divisor <= step.divisors[1]).all())
    with torch.no_grad():
        run = model(with_answers(lists))[:, 10].double() * divisor[:, None]
    off = run - exact
    assert float((off.amax(-1) - off.amin(-1)).max()) <= step.rounding
    quickly = QuickMargins(model, lists[:1])
    assert torch.allclose(quickly(lists[:1]), scaled_margins(model, lists[:1]), atol=1e-9)


@pytest.mark.parametrize("shape", [SHAPE, PLAIN_SHAPE, ONE_HEAD_SHAPE])
def test_no_list_that_is_searched_for_breaks_a_bound(shape: ModelConfig) -> None:
    model = scrambled_model(4, shape)
    lists, found = worst_lists(model, [3, 30], torch.Generator().manual_seed(0), rounds=30)
    for index, least in enumerate((3, 30)):
        assert bool((Bounds(model).row(least) <= found[index, least + 1 :]).all())
        rows = lists[index, least + 1 :].sort(-1).values
        assert bool((rows[:, 0] == least).all())
        assert rows[:, 1].tolist() == list(range(least + 1, N_SECOND))


def test_both_heads_together_prove_no_less_than_apart_and_nothing_false() -> None:
    model = load_public("sorted_list")
    bounds, generator = Bounds(model), torch.Generator().manual_seed(1)
    for least in (12, 23):
        together = bounds.joint_margin(least)
        _, found = worst_lists(model, [least], generator)
        assert together <= float(found[0, least + 1 :].min())
        assert together >= float(bounds.row(least).min()) - 1e-3


def test_states_share_out_all_lists() -> None:
    shares = state_shares()
    assert shares.shape == (N_LEAST, N_SECOND)
    assert math.isclose(float(shares.sum()), 1.0)
    assert math.isclose(float(shares[8:].sum()), math.comb(43, 10) / math.comb(51, 10))

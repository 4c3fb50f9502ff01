"""Laws of the findings about neurons, on models with random weights."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glasslab.checks.subjects import sample_data, scaled_copy, scrambled_model
from glasslab.interventions import run_with, zero_ablate
from grader.findings import groups, neurons

GROUPS = st.lists(st.integers(0, 7), unique=True)
SEEDS = st.integers(0, 3)
FEW = settings(max_examples=15, deadline=None)


@FEW
@given(group=GROUPS, seed=SEEDS)
def test_a_groups_cost_follows_from_what_its_members_do_to_the_logits(
    group: list[int], seed: int
) -> None:
    model, (tokens, labels) = scrambled_model(seed), sample_data(8, seed)
    clean, silenced = run_with(model, tokens), groups.silenced_logits(model, tokens)
    foretold = groups.predicted_loss_increase(clean, silenced, labels, group)
    measured = groups.group_zero_ablation_loss_increase(model, tokens, labels, group)
    assert foretold == pytest.approx(measured, abs=1e-4)


@FEW
@given(group=GROUPS, seed=SEEDS)
def test_the_order_of_a_group_changes_nothing(group: list[int], seed: int) -> None:
    model, (tokens, labels) = scrambled_model(seed), sample_data(8, seed)
    forwards, backwards = (
        groups.group_zero_ablation_loss_increase(model, tokens, labels, each)
        for each in (group, group[::-1])
    )
    assert forwards == backwards


@FEW
@given(factor=st.sampled_from([-3.0, -1.0, 0.5, 2.0]), seed=SEEDS)
def test_scaling_or_turning_a_neurons_input_moves_no_threshold(factor: float, seed: int) -> None:
    model, (tokens, _) = scrambled_model(seed), sample_data(16, seed)
    plain = neurons.switch_on(model, tokens)
    scaled = neurons.switch_on(scaled_copy(model, ["blocks.0.mlp.in."], factor), tokens)
    torch.testing.assert_close(scaled.threshold, plain.threshold, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(scaled.agreement, plain.agreement, rtol=0, atol=0.01)
    sign = 1 if factor > 0 else -1
    torch.testing.assert_close(scaled.correlation, sign * plain.correlation, rtol=0, atol=1e-4)


@FEW
@given(seed=SEEDS)
def test_a_table_of_answers_sums_to_the_labels_and_to_the_accuracy(seed: int) -> None:
    model, (tokens, labels) = scrambled_model(seed), sample_data(16, seed)
    table = neurons.says_table(model, tokens, labels, zero_ablate(neurons.POST))
    shares = labels.flatten().bincount(minlength=3).double() / labels.numel()
    torch.testing.assert_close(table.sum(1), shares)
    answers = run_with(model, tokens, zero_ablate(neurons.POST)).argmax(-1)
    right = float((answers == labels).double().mean())
    assert float(table.trace()) == pytest.approx(right)


@FEW
@given(least=st.floats(0, 2), costs=st.lists(st.floats(-2, 2), min_size=8, max_size=8))
def test_a_neuron_is_dead_just_where_its_cost_is_small_up_or_down(
    least: float, costs: list[float]
) -> None:
    activations, means = torch.rand(4, 5, 8), torch.linspace(-1, 1, 20).reshape(4, 5)
    roles = neurons.neuron_roles(activations, means, costs, least)
    assert [role == "dead" for role in roles] == [abs(cost) < least for cost in costs]

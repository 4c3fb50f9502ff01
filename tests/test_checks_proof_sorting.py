"""Public checks of units 06 and 10: plausible mistakes are refused, and the slip is named."""

import math
import runpy
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from glasslab.checks import State, proof, sorting
from glasslab.checks.session import Session
from glasslab.folded import fold, main_direction, margin_line, rounding_bound

ANSWERS = Path(__file__).parent / "answers"
PROVING = {
    "torch": torch,
    "math": math,
    "fold": fold,
    "main_direction": main_direction,
    "margin_line": margin_line,
    "rounding_bound": rounding_bound,
}
SORTING = {
    "torch": torch,
    "F": F,
    "UNSCORED": -100,
    "ANSWERING": slice(10, 20),
    "PATTERN": "blocks.0.attn.hook_pattern",
    "HEAD_OUTPUTS": "blocks.0.attn.hook_z",
}


@pytest.fixture(autouse=True)
def _without_gradients():
    with torch.no_grad():
        yield


def _outcome(check, path, function):
    laws, names = (proof.LAWS, PROVING) if check.startswith("proof") else (sorting.LAWS, SORTING)
    return Session(laws).run(check, runpy.run_path(str(ANSWERS / path), names)[function])


@pytest.mark.parametrize(
    ("check", "path", "function", "reason"),
    [
        (
            "proof.lowest_value",
            "06_proof/lowest_value/wrong_fine_grid.py",
            "lowest_value",
            "Do you try many places",
        ),
        (
            "proof.lowest_value",
            "06_proof/lowest_value/wrong_downhill.py",
            "lowest_value",
            "or go downhill",
        ),
        (
            "proof.margins",
            "06_proof/state_margins/wrong_one_size.py",
            "state_margins",
            "is 20, 11 or 5 written into it?",
        ),
        (
            "proof.margins",
            "06_proof/state_margins/wrong_rounding_forgotten.py",
            "state_margins",
            "where rounding is coarse",
        ),
        (
            "sorting.performance",
            "10_sorted_list/sorting_performance/wrong_ten_to_nineteen.py",
            "performance",
            "Do labels alone say what is asked?",
        ),
        (
            "sorting.ablate",
            "10_sorted_list/sorting_ablate/wrong_labels_not_read.py",
            "ablation_cost",
            "the loss where the labels ask?",
        ),
        (
            "sorting.ablate",
            "10_sorted_list/sorting_ablate/wrong_one_after_the_other.py",
            "ablation_cost",
            "one head at a time",
        ),
        (
            "sorting.roles",
            "10_sorted_list/sorting_roles/wrong_logits.py",
            "who_does_what",
            "is the rise the loss's?",
        ),
        (
            "sorting.attended",
            "10_sorted_list/sorting_attended/wrong_list_only.py",
            "attention_on",
            "not over the list alone?",
        ),
        (
            "sorting.attended",
            "10_sorted_list/sorting_attended/wrong_without_sep.py",
            "attention_on",
            "Is SEP's row among yours?",
        ),
        (
            "sorting.attended",
            "10_sorted_list/sorting_attended/wrong_independent.py",
            "attention_on",
            "Is it found query by query",
        ),
        (
            "sorting.score",
            "10_sorted_list/sorting_score/wrong_mean_of_ratios.py",
            "tv_score",
            "Are mean distances divided",
        ),
        (
            "sorting.score",
            "10_sorted_list/sorting_score/wrong_euclid.py",
            "tv_score",
            "Is the distance a sum of absolute differences?",
        ),
    ],
)
def test_a_plausible_mistake_is_refused_and_named(check, path, function, reason):
    outcome = _outcome(check, path, function)
    assert outcome.state is State.INCORRECT
    assert reason in outcome.reason


def test_who_writes_into_the_tokens_that_it_was_handed_is_told_so():
    def in_place(tokens):
        n = tokens.shape[1] // 2
        tokens[:, n] = -1
        numbers = tokens[:, None, :n]
        return numbers.masked_fill(numbers <= tokens[:, n : 2 * n, None], 99).argmin(-1)

    outcome = Session(sorting.LAWS).run("sorting.sources", in_place)
    assert outcome.state is State.INCORRECT
    assert "change a .clone()" in outcome.reason


def test_a_hook_that_stays_in_the_model_is_noticed():
    def leaves_it(model, tokens, sources):
        rows = F.one_hot(sources, tokens.shape[1]).float()[:, None]

        def swap(pattern, hook):
            pattern = pattern.clone()
            pattern[:, :, 10:20] = rows
            return pattern

        model.add_hook("blocks.0.attn.hook_pattern", swap)
        return model(tokens)[:, 10:20]

    outcome = Session(sorting.LAWS).run("sorting.swap", leaves_it)
    assert outcome.state is State.INCORRECT
    assert "does its hook stay in the model?" in outcome.reason


@pytest.mark.parametrize("pair", [tuple, list])
def test_two_ends_side_by_side_are_a_range(pair):
    path = ANSWERS / "06_proof" / "height_range" / "right_both_ends_at_once.py"
    whole = runpy.run_path(str(path), PROVING)["height_range"]

    def apart(scores, heights):
        return pair(torch.as_tensor(end).numpy() for end in whole(scores, heights))

    assert Session(proof.LAWS).run("proof.height", apart).state is State.CORRECT

"""Which models a hidden suite of `sorted_list` consists of: what each is trained on, and why.

A reference sorts in the way that the course describes; a decoy does, or undoes, one thing of it in
another way. Thresholds lie between what was measured on trained references and on decoys. Which
head does what, and how evenly they share, differs from seed to seed, so nothing is asked of it but
that both heads do something.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from glasslab.tasks.base import Recipe, Tokens
from glasslab.tasks.sorted_list import LIST_LENGTH, MAX_VALUE, SORTED_LIST, with_answers
from grader.reference.criteria import at_least, at_most
from grader.reference.kinds import Kind
from grader.reference.sorted_list.changing import Confused, HeadOff
from grader.reference.sorted_list.measuring import measure_briefly, measure_by_number

N_REFERENCES = 5

# In brackets what was measured after the short recipe (13 seeds) and the full one (four).
HAS_THE_CIRCUIT = (
    at_least("accuracy", 0.995),  # .998 to 1
    at_least("either_head_argmax_rate", 0.8),  # .86 to .95
    at_least("best_sep_to_minimum_rate", 0.65),  # .74 to 1
    at_least("hypothesis_pattern_accuracy", 0.97),  # .98 to 1
    at_least("hypothesis_pattern_tv_score", 0.92),  # .94 to .97
    at_least("least_head_loss_increase", 0.2),  # .36 to 2.1; a head that is off: .01 to .06
    at_least("tokens_copied_by_some_head", 49),  # 51 of 51
    at_least("ov_below_positive_rate", 0.85),  # .92 to 1
    at_least("ov_above_negative_rate", 0.6),  # .78 to .94; without LayerNorm: 0
    at_least("large_gap_accuracy", 0.5),  # .70 to .87, of few steps; trained on large gaps: .99
    at_most("large_gap_accuracy", 0.95),
    at_most("high_lists_first_step_accuracy", 0.75),  # 0 to .48; trained on large gaps: 1
)

SORTS = at_least("accuracy", 0.99)
"""A decoy must do its own task well, or its parts mean nothing; unless it lost one of them."""

# The width of a hole in the range of numbers, of which three lists in four keep clear.
HOLE = range(15, 41)
SHARE_WITH_HOLE = 0.75


def sample_with_holes(n_sequences: int, generator: torch.Generator) -> Tokens:
    """Draw sequences as the task does, but most from numbers with a hole anywhere among them.

    So lists have a large gap, or begin high, or end low, far more often than the task's own.
    """
    numbers = torch.arange(MAX_VALUE + 1)

    def draw() -> torch.Tensor:
        return torch.rand(n_sequences, 1, generator=generator)

    width = (HOLE.start + len(HOLE) * draw()).long()
    start = ((len(numbers) + 1 - width) * draw()).long()
    in_hole = (numbers >= start) & (numbers < start + width) & (draw() < SHARE_WITH_HOLE)
    order = torch.rand(n_sequences, len(numbers), generator=generator) + in_hole
    return with_answers(order.argsort(-1)[:, :LIST_LENGTH].contiguous())


# Nothing keeps what heads write within bounds: there is no scale to divide by, nothing to fold.
WITHOUT_NORM = replace(SORTED_LIST, config=replace(SORTED_LIST.config, normalization_type=None))
# All numbers are copied by one head: there is no split to find.
ONE_HEAD = replace(SORTED_LIST, config=replace(SORTED_LIST.config, n_heads=1))
# The lists that fool references don't fool it.
LARGE_GAPS = replace(SORTED_LIST, sample=sample_with_holes)

# Without LayerNorm small weights make small steps: at the references' rate nothing is learnt in
# four epochs, at this one all of it in two.
WITHOUT_NORM_RECIPE = Recipe(epochs=2, weight_decay=0.0, learning_rate=5e-3)
DECOY_RECIPE = replace(SORTED_LIST.short_recipe, epochs=3)

KINDS = (
    Kind(
        "reference",
        "reference",
        SORTED_LIST,
        SORTED_LIST.short_recipe,
        HAS_THE_CIRCUIT,
        measure_briefly,
        N_REFERENCES,
    ),
    Kind(
        "no-norm",
        "decoy",
        WITHOUT_NORM,
        WITHOUT_NORM_RECIPE,
        (SORTS, at_most("ov_above_negative_rate", 0.4)),
        measure_briefly,
    ),
    Kind("one-head", "decoy", ONE_HEAD, DECOY_RECIPE, (SORTS,), measure_briefly),
    Kind(
        "large-gaps",
        "decoy",
        LARGE_GAPS,
        DECOY_RECIPE,
        (
            SORTS,
            at_least("large_gap_accuracy", 0.97),
            at_least("two_ends_entirely_right_rate", 0.9),
            at_least("high_lists_first_step_accuracy", 0.9),
        ),
        measure_briefly,
    ),
    # By its circuits a reference: both heads copy and look as before, and one of them does nothing.
    Kind(
        "head-off",
        "decoy",
        SORTED_LIST,
        HeadOff(),
        (
            at_least("accuracy", 0.35),  # .48 to .92
            at_most("accuracy", 0.97),
            at_least("least_head_loss_increase", -0.05),
            at_most("least_head_loss_increase", 0.15),  # .007 to .06
        ),
        measure_briefly,
    ),
    # Right on nearly all tests of the first step, yet wrong where one number, say 20, is the least.
    Kind(
        "confused",
        "mutant",
        SORTED_LIST,
        Confused(),
        (at_least("accuracy", 0.9), at_most("lowest_number_accuracy", 0.3)),  # .95 to .97; 0 to .7
        measure_by_number,
        2,
    ),
)

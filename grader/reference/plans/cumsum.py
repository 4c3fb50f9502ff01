"""Which models a hidden suite of `cumsum` consists of: what each is trained on, and why.

A reference has the circuit, a decoy really lacks it. Thresholds lie between what was measured on
trained references and on decoys, nearer to the references where a probe's usual answer depends on
it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from glasslab.tasks.base import Labels, Recipe, Tokens
from glasslab.tasks.cumsum import CUMSUM, LONG_CUMSUM, NEGATIVE, POSITIVE, ZERO
from grader.findings.cumsum import measure
from grader.reference.criteria import at_least, at_most
from grader.reference.cumsum.handmade import ByHand
from grader.reference.cumsum.measuring import measure_fault, measure_proof
from grader.reference.cumsum.planting import Planting
from grader.reference.kinds import Kind

N_REFERENCES = 5

HAS_THE_CIRCUIT = (
    at_least("accuracy", 0.999),
    at_most("attention_max_deviation", 0.02),
    at_most("uniform_swap_loss_increase", 0.005),
    at_most("ov_singular_value_ratio", 0.003),
    at_least("u_linear_in_value_r2", 0.9995),
    at_least("u_r2_cumulative_mean", 0.9995),
    at_most("u_r2_cumulative_sum", 0.6),
    at_least("keep_only_u_accuracy", 0.995),
    at_most("remove_u_accuracy", 0.5),
    # After the short recipe they are .83 to .94 in size: signs and rough alignment are asked for.
    at_least("cosine_u_positive", 0.7),
    at_most("cosine_u_negative", -0.7),
    # Measured: +.17 to +.28 logits.
    at_least("certified_accuracy", 1.0),
    at_least("certified_worst_margin", 0.05),
)

# A decoy must do its own task well, or its parts mean nothing; each claim must be far from true of
# it; and u must be well defined: one singular value clearly largest, and a plain sign.
LACKS_THE_CIRCUIT = (
    at_least("accuracy", 0.97),
    at_least("attention_max_deviation", 0.2),
    at_least("uniform_swap_loss_increase", 0.5),
    at_least("ov_singular_value_ratio", 0.01),
    at_most("ov_singular_value_ratio", 0.97),
    at_most("u_linear_in_value_r2", 0.99),
    at_least("u_linear_in_value_r2", 0.03),
    at_most("u_r2_cumulative_mean", 0.99),
    at_least("shuffle_max_logit_change", 0.5),
)

# No random test finds the fault, yet a sequence that really fails is known; and it is this rare.
# (The planting aims at five in 10⁹.)
HAS_A_RARE_FAULT = (
    at_most("random_errors", 0),
    at_most("witness_margin", -0.02),
    at_most("failing_share_at_most", 1e-8),
)
HAS_A_PLAIN_FAULT = (
    at_most("witness_margin", -0.1),
    at_least("failing_share_at_least", 1e-4),
    at_most("failing_share_at_most", 1e-2),
)

# Measured after the long recipe: −.05 to −.08 logits on real inputs, and two inputs in a thousand
# in states that are not proved.
FAILS_UNSEEN = (
    at_most("random_errors", 0),
    at_most("witness_margin", -0.01),
    at_least("certified_accuracy", 0.95),
)
IS_RIGHT_EVERYWHERE = (
    at_most("random_errors", 0),
    at_least("certified_accuracy", 1.0),
    at_least("certified_worst_margin", 0.01),
)


# Few enough tokens that looking at all the past evenly is ruinous, many enough to need attention.
WINDOW = 5
# What each token −5..5 counts for: odd in the value and rising with it on the whole, so that u has
# a plain sign, but far from linear.
WORTH = (-3, -2, -5, -1, -4, 0, 4, 1, 5, 2, 3)


# A second thing to count among the same tokens: −4, −2, 2 and 4, at more than this share of them.
MARKED = (0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0)
MARKED_SHARE = 0.45


def window_labels(tokens: Tokens) -> Labels:
    """Label by the sign of what the first few tokens are worth; a sum of nought counts as negative.

    A model of this must look at early positions wherever it stands, and write what isn't linear in
    the value.
    """
    worth = _sum_in_window(torch.tensor(WORTH)[tokens])
    return torch.where(worth > 0, POSITIVE, NEGATIVE)


def two_sums_labels(tokens: Tokens) -> Labels:
    """Label "zero" where enough of the first few tokens are marked, else by `window_labels`.

    A model of this must carry two sums: one direction is not enough, and OV can't be rank one.
    """
    surplus = _sum_in_window(torch.tensor(MARKED)[tokens] - MARKED_SHARE)
    return torch.where(surplus > 0, ZERO, window_labels(tokens))


def _sum_in_window(amounts: torch.Tensor) -> torch.Tensor:
    inside = torch.arange(amounts.shape[-1]) < WINDOW
    return (amounts * inside).cumsum(-1)


# Their own tasks need no weight decay's tidiness, and are learnt in 600 steps at a higher rate.
DECOY_RECIPE = Recipe(epochs=3, train_size=100_000, weight_decay=0.0, learning_rate=3e-3)


def _decoy(name: str, label: Callable[[Tokens], Labels], recipe: Recipe) -> Kind:
    task = replace(CUMSUM, name=name, label=label)
    return Kind(name, "decoy", task, recipe, LACKS_THE_CIRCUIT, measure)


RARE_FAULT, PLAIN_FAULT = Planting(failing_share=5e-9), Planting(failing_share=3e-3)

KINDS = (
    Kind(
        "reference",
        "reference",
        CUMSUM,
        CUMSUM.short_recipe,
        HAS_THE_CIRCUIT,
        measure,
        N_REFERENCES,
    ),
    # Without weight decay nothing flattens the scores or tidies OV: accurate, but not clean.
    _decoy("no-decay", CUMSUM.label, replace(CUMSUM.short_recipe, weight_decay=0.0)),
    _decoy("window", window_labels, DECOY_RECIPE),
    _decoy("two-sums", two_sums_labels, DECOY_RECIPE),
    Kind("rare-fault", "mutant", CUMSUM, RARE_FAULT, HAS_A_RARE_FAULT, measure_fault, 2),
    Kind("plain-fault", "mutant", CUMSUM, PLAIN_FAULT, HAS_A_PLAIN_FAULT, measure_fault),
    Kind(
        "long",
        "long_context",
        LONG_CUMSUM,
        LONG_CUMSUM.short_recipe,
        FAILS_UNSEEN,
        measure_proof,
        2,
    ),
    Kind(
        "long-control", "long_control", LONG_CUMSUM, ByHand(), IS_RIGHT_EVERYWHERE, measure_proof, 2
    ),
)

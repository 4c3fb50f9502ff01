"""Which models a hidden suite consists of: the slots, what each is trained on, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from glasslab.tasks.base import Labels, Recipe, Task, Tokens
from glasslab.tasks.cumsum import CUMSUM, LONG_CUMSUM, NEGATIVE, POSITIVE, ZERO
from grader.errors import GraderError
from grader.findings.cumsum import measure
from grader.reference.criteria import (
    FAILS_UNSEEN,
    HAS_A_PLAIN_FAULT,
    HAS_A_RARE_FAULT,
    HAS_THE_CIRCUIT,
    IS_RIGHT_EVERYWHERE,
    LACKS_THE_CIRCUIT,
    Criterion,
    Findings,
)
from grader.reference.handmade import ByHand
from grader.reference.measuring import measure_fault, measure_proof
from grader.reference.planting import Planting
from grader.suite import Role

N_REFERENCES = 5


@dataclass(frozen=True)
class Kind:
    """A way to make hidden models: all of one kind are trained at once."""

    name: str
    role: Role
    task: Task
    recipe: Recipe | Planting | ByHand
    criteria: tuple[Criterion, ...]
    n_models: int = 1
    measure: Callable[..., Findings] = measure
    """What its criteria are about: called with a model and ``task``."""

    @property
    def model_names(self) -> tuple[str, ...]:
        """The names of its models, as folders carry them."""
        return tuple(f"{self.name}-{number}" for number in range(1, self.n_models + 1))


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
    return Kind(name, "decoy", task, recipe, LACKS_THE_CIRCUIT)


RARE_FAULT, PLAIN_FAULT = Planting(failing_share=5e-9), Planting(failing_share=3e-3)

CUMSUM_KINDS = (
    Kind("reference", "reference", CUMSUM, CUMSUM.short_recipe, HAS_THE_CIRCUIT, N_REFERENCES),
    # Without weight decay nothing flattens the scores or tidies OV: accurate, but not clean.
    _decoy("no-decay", CUMSUM.label, replace(CUMSUM.short_recipe, weight_decay=0.0)),
    _decoy("window", window_labels, DECOY_RECIPE),
    _decoy("two-sums", two_sums_labels, DECOY_RECIPE),
    Kind("rare-fault", "mutant", CUMSUM, RARE_FAULT, HAS_A_RARE_FAULT, 2, measure_fault),
    Kind("plain-fault", "mutant", CUMSUM, PLAIN_FAULT, HAS_A_PLAIN_FAULT, 1, measure_fault),
    Kind(
        "long",
        "long_context",
        LONG_CUMSUM,
        LONG_CUMSUM.short_recipe,
        FAILS_UNSEEN,
        2,
        measure_proof,
    ),
    Kind(
        "long-control", "long_control", LONG_CUMSUM, ByHand(), IS_RIGHT_EVERYWHERE, 2, measure_proof
    ),
)

PLANS: dict[str, tuple[Kind, ...]] = {"cumsum": CUMSUM_KINDS}


def plan_for(task: str) -> tuple[Kind, ...]:
    """Return the kinds of hidden models of a task.

    Raises:
        GraderError: hidden suites of that task are not planned.
    """
    if task not in PLANS:
        raise GraderError(
            f"There is no plan for a hidden suite of {task!r}: try {', '.join(PLANS)}."
        )
    return PLANS[task]

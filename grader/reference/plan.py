"""Which models a hidden suite consists of: the slots, what each is trained on, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from glasslab.tasks.base import Labels, Recipe, Task, Tokens
from glasslab.tasks.cumsum import CUMSUM, NEGATIVE, POSITIVE, ZERO, decode
from grader.errors import GraderError
from grader.suite import Role

N_REFERENCES = 5


@dataclass(frozen=True)
class Kind:
    """A way to train hidden models: all of one kind are trained at once."""

    name: str
    role: Role
    task: Task
    recipe: Recipe
    n_models: int

    @property
    def model_names(self) -> tuple[str, ...]:
        """The names of its models, as folders carry them."""
        return tuple(f"{self.name}-{number}" for number in range(1, self.n_models + 1))


# The window decoy: enough tokens to need attention that is far from uniform, few enough to learn
# in seconds; and a magnitude from which large values, about a third of the tokens, tip the scale.
WINDOW = 5
TIPPING_MAGNITUDE = 3.5


def window_labels(tokens: Tokens) -> Labels:
    """Label by the first few tokens only, and by two sums over them, where one would be expected.

    "zero" if their magnitudes sum to more than `TIPPING_MAGNITUDE` each; otherwise by the sign of
    their sum. A model of this must look at early positions wherever it stands, and must write
    two numbers, one of them not linear in the value.
    """
    values = decode(tokens).float()
    inside = torch.arange(tokens.shape[-1]) < WINDOW
    tilt = (values * inside).cumsum(-1)
    size = ((values.abs() - TIPPING_MAGNITUDE) * inside).cumsum(-1)
    signed = torch.where(tilt > 0, POSITIVE, NEGATIVE)
    return torch.where(size > 0, ZERO, signed)


CUMSUM_KINDS = (
    Kind("reference", "reference", CUMSUM, CUMSUM.short_recipe, N_REFERENCES),
    # Without weight decay nothing flattens the scores or tidies OV: accurate, but not clean.
    Kind("no-decay", "decoy", CUMSUM, replace(CUMSUM.short_recipe, weight_decay=0.0), 1),
    Kind(
        "window",
        "decoy",
        replace(CUMSUM, name="window", label=window_labels),
        Recipe(epochs=3, train_size=100_000, weight_decay=0.0, learning_rate=3e-3),
        1,
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

"""A kind of hidden models: how they are made, and what they must be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from transformer_lens.model_bridge import TransformerBridge

from glasslab.tasks.base import Recipe, Task
from grader.reference.criteria import Criterion, Findings
from grader.suite import Role


@dataclass(frozen=True)
class Maker(ABC):
    """A way to make a model in which nothing is trained; its fields stand in the manifest."""

    @abstractmethod
    def make(
        self, task: Task, references: Sequence[TransformerBridge], seed: int
    ) -> TransformerBridge:
        """Return a model for a seed; it may be made of the suite's references."""


@dataclass(frozen=True)
class Kind:
    """A way to make hidden models: all of one kind are trained at once."""

    name: str
    role: Role
    task: Task
    recipe: Recipe | Maker
    criteria: tuple[Criterion, ...]
    measure: Callable[..., Findings]
    """What its criteria are about: called with a model and ``task``."""
    n_models: int = 1

    @property
    def model_names(self) -> tuple[str, ...]:
        """The names of its models, as folders carry them."""
        return tuple(f"{self.name}-{number}" for number in range(1, self.n_models + 1))

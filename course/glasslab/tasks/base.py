"""What a task is: data, labels, a model's shape, and the recipe that trains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from jaxtyping import Int

Tokens = Int[torch.Tensor, "batch position"]
Labels = Int[torch.Tensor, "batch position"]

UNSCORED = -100
"""The label of a position without a right answer: neither trained nor measured."""


@dataclass(frozen=True)
class ModelConfig:
    """The shape of a small transformer: all that is needed to build one with fresh weights."""

    n_ctx: int
    d_vocab: int
    d_vocab_out: int
    n_layers: int = 1
    n_heads: int = 1
    d_model: int = 24
    d_head: int = 12
    d_mlp: int | None = 8
    act_fn: str = "relu"
    normalization_type: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Recipe:
    """How a model is trained: Adam with (L2) weight decay and a learning rate falling by epoch.

    The rate used in epoch ``e`` (from 0) is
    ``learning_rate + (final_learning_rate - learning_rate) * (e + 1) / epochs``.
    """

    epochs: int
    batch_size: int = 512
    train_size: int = 150_000
    validation_size: int = 5_000
    learning_rate: float = 1e-3
    final_learning_rate: float = 1e-4
    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        for field in ("epochs", "batch_size", "train_size", "validation_size"):
            if getattr(self, field) < 1:
                raise ValueError(f"Recipe.{field} must be at least 1, got {getattr(self, field)}.")

    def learning_rate_at(self, epoch: int) -> float:
        """Return the learning rate of an epoch, counted from 0."""
        span = self.final_learning_rate - self.learning_rate
        return self.learning_rate + span * (epoch + 1) / self.epochs


@dataclass(frozen=True)
class Task:
    """A task: how to draw inputs, what the right outputs are, and what to train on it.

    ``sample(n_sequences, generator)`` returns token ids ``[batch position]``;
    ``label(tokens)`` returns the output class at each position, same shape, and `UNSCORED` at
    positions outside ``scored``.
    """

    name: str
    vocabulary: tuple[str, ...]
    outputs: tuple[str, ...]
    config: ModelConfig
    recipe: Recipe
    short_recipe: Recipe
    sample: Callable[[int, torch.Generator], Tokens]
    label: Callable[[Tokens], Labels]
    scored: range | None = None
    """The positions that have a right answer; all of them if None."""

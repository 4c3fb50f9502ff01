"""Train a task's model by its recipe, one seed or several at once: same seed, same model."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from tqdm.auto import tqdm

from glasslab import lean, lean_attention
from glasslab.bridge import TransformerBridge
from glasslab.models import build_model, freeze
from glasslab.tasks.base import UNSCORED, Labels, ModelConfig, Recipe, Task, Tokens

Forward = Callable[[Tokens], Float[torch.Tensor, "batch scored output"]]
"""A forward pass as training wants it: token ids to logits at the positions that are scored."""


VALIDATION_BATCH = 1_000
"""Sequences at a time: what a forward pass holds of them stays some tens of megabytes."""


@dataclass(frozen=True)
class History:
    """What was measured after each epoch, at the positions that are scored.

    Losses are mean cross-entropies in nats per position.
    """

    train_loss: tuple[float, ...]
    validation_loss: tuple[float, ...]
    validation_accuracy: tuple[float, ...]


@dataclass(frozen=True)
class Trained:
    """A trained model, frozen, with its history and the epoch (from 0) whose weights were kept."""

    model: TransformerBridge
    history: History
    best_epoch: int


def train(task: Task, recipe: Recipe | None = None, *, seed: int, progress: bool = True) -> Trained:
    """Train one model; the same task, recipe and seed give the same bits on the same machine.

    Args:
        task: What to learn.
        recipe: How to learn it; the task's full recipe by default.
        seed: Decides the first weights, the data and their order.
        progress: Whether to show a progress bar.

    Returns:
        The weights of the epoch with the best validation accuracy (among equals, the lowest
        validation loss), and the history of all epochs.
    """
    recipe = recipe or task.recipe
    with one_thread(), tqdm(total=recipe.epochs * _steps(recipe), disable=not progress) as bar:
        run = _Run(task, recipe, seed)
        for _ in range(recipe.epochs):
            scores = run.epoch(run.plain, on_step=bar.update)
            bar.set_postfix(loss=f"{scores.loss:.4f}", accuracy=f"{scores.accuracy:.4f}")
    return run.finish()


def train_many(
    task: Task, recipe: Recipe | None = None, *, seeds: Sequence[int], progress: bool = True
) -> list[Trained]:
    """Train several seeds at once, each to the model that `train` gives it, up to float rounding.

    Faster for two reasons: seeds share the processor's cores, one thread each and an epoch at a
    time; and where the model's shape allows, the forward pass is that of `glasslab.lean` or
    `glasslab.lean_attention`.

    Args:
        task: What to learn.
        recipe: How to learn it; the task's full recipe by default.
        seeds: One per model, all different.
        progress: Whether to show a progress bar.

    Returns:
        One result per seed, in the order of ``seeds``.

    Raises:
        ValueError: there is no seed, or one comes twice.
    """
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"train_many needs different seeds, at least one; got {list(seeds)}.")
    recipe = recipe or task.recipe
    workers = min(len(seeds), os.cpu_count() or 1)
    with (
        one_thread(),
        ThreadPoolExecutor(workers) as pool,
        tqdm(total=len(seeds) * recipe.epochs, unit="epoch", disable=not progress) as bar,
    ):
        runs = [_Run(task, recipe, seed) for seed in seeds]
        pending = {pool.submit(run.epoch, run.fastest): run for run in runs}
        while pending:
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                run, scores = pending.pop(future), future.result()
                bar.update()
                bar.set_postfix(loss=f"{scores.loss:.4f}", accuracy=f"{scores.accuracy:.4f}")
                if len(run.scores) < recipe.epochs:
                    pending[pool.submit(run.epoch, run.fastest)] = run
    return [run.finish() for run in runs]


def seeded_generator(seed: int, purpose: str) -> torch.Generator:
    """Return a generator for one purpose of a seed, independent of its other purposes.

    Seeded by the first eight bytes of SHA-256 over both: unlike ``seed + 1``, that never runs
    into a neighbouring seed's numbers.
    """
    return torch.Generator().manual_seed(_derive(seed, purpose))


class _Scores(NamedTuple):
    """What one epoch achieved: mean losses in nats per position, and the accuracy."""

    train_loss: float
    loss: float
    accuracy: float


class _Run:
    """One seed in training: its model, optimiser and data, and the best weights so far."""

    def __init__(self, task: Task, recipe: Recipe, seed: int) -> None:
        self.recipe = recipe
        self.model = build_model(task.config, _derive(seed, "weights"))
        module: torch.nn.Module = self.model.original_model
        scored = task.scored or range(task.config.n_ctx)
        at_scored = slice(scored.start, scored.stop, scored.step)
        self.plain: Forward = lambda tokens: module(tokens)[:, at_scored]
        weights = self.model.state_dict(keep_vars=True)
        self.fastest = _lean_forward(task.config, weights, scored) or self.plain
        # The fused step does the same arithmetic in one kernel: 2 ms less of some 18.
        self.optimizer = torch.optim.Adam(
            module.parameters(), weight_decay=recipe.weight_decay, fused=True
        )

        def draw(purpose: str, size: int) -> tuple[Tokens, Labels]:
            tokens = task.sample(size, seeded_generator(seed, purpose))
            return tokens, task.label(tokens)[:, at_scored].contiguous()

        self.tokens, self.labels = draw("training data", recipe.train_size)
        self.validation = draw("validation data", recipe.validation_size)
        self.shuffle = seeded_generator(seed, "shuffling")
        self.scores: list[_Scores] = []
        self.best_epoch, self.best_weights = 0, self._snapshot()

    def epoch(self, forward: Forward, on_step: Callable[[], object] = lambda: None) -> _Scores:
        """Go once through the shuffled training data, then measure on the validation data."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate_at(len(self.scores))
        total_loss = 0.0
        order = torch.randperm(len(self.tokens), generator=self.shuffle)
        for batch in order.split(self.recipe.batch_size):
            tokens, labels = (part.index_select(0, batch) for part in (self.tokens, self.labels))
            loss = _loss(forward(tokens), labels)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total_loss += loss.item() * len(batch)
            on_step()
        scores = _Scores(total_loss / len(self.tokens), *self._validate(forward))
        best = self.scores[self.best_epoch] if self.scores else None
        if best is None or (scores.accuracy, -scores.loss) > (best.accuracy, -best.loss):
            self.best_epoch, self.best_weights = len(self.scores), self._snapshot()
        self.scores.append(scores)
        return scores

    def finish(self) -> Trained:
        """Put the best weights back and freeze the model."""
        self.model.load_state_dict(self.best_weights)
        return Trained(freeze(self.model), History(*zip(*self.scores)), self.best_epoch)

    @torch.no_grad()
    def _validate(self, forward: Forward) -> tuple[float, float]:
        tokens, labels = self.validation
        logits = torch.cat([forward(batch) for batch in tokens.split(VALIDATION_BATCH)])
        right = (logits.argmax(-1) == labels)[labels != UNSCORED]
        return _loss(logits, labels).item(), right.double().mean().item()

    def _snapshot(self) -> dict[str, torch.Tensor]:
        return {name: value.clone() for name, value in self.model.state_dict().items()}


def _lean_forward(
    config: ModelConfig, weights: Mapping[str, torch.Tensor], scored: range
) -> Forward | None:
    """Return a forward pass without a residual stream, if there is one for models of this shape."""
    if lean.covers(config):
        at_scored = slice(scored.start, scored.stop, scored.step)
        return lambda tokens: lean.lean_logits(weights, tokens)[:, at_scored]
    if lean_attention.covers(config):
        return partial(
            lean_attention.lean_attention_logits, weights, n_heads=config.n_heads, scored=scored
        )
    return None


def _steps(recipe: Recipe) -> int:
    return -(-recipe.train_size // recipe.batch_size)


def _loss(logits: Float[torch.Tensor, "batch scored output"], labels: Labels) -> torch.Tensor:
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=UNSCORED)


def _derive(seed: int, purpose: str) -> int:
    digest = hashlib.sha256(f"{seed}:{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Let each operation use one thread, and set the number back afterwards.

    The matrices are tiny: a second thread gains little, on a busy machine it made a step up to 40
    times slower, and the bits of a result would depend on the number of cores.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

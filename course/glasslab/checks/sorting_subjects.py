"""What public checks of the October units try laws on: sorting models, random ones, and lists.

Random models come in the public one's shape, without LayerNorm, and with one head: a law that holds
on all of them is no accident of a trained model. Nothing in them is small, so a missing factor,
bias or normalisation shows at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import torch
from jaxtyping import Int
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.subjects import public_model as named_public_model
from glasslab.checks.subjects import read_hook
from glasslab.models import assemble, build_model, config_of, freeze
from glasslab.tasks.base import Labels, ModelConfig, Tokens
from glasslab.tasks.sorted_list import LIST_LENGTH, SORTED_LIST, sample_lists

SHAPE = SORTED_LIST.config
PLAIN_SHAPE = replace(SHAPE, normalization_type=None)
ONE_HEAD_SHAPE = replace(SHAPE, n_heads=1)
N_TOKENS, LENGTH = SHAPE.d_vocab, SHAPE.n_ctx
PUBLIC, SCRAMBLED = "the public model", "a model with random weights"

EMBEDDING_SIZE, MATRIX_SIZE, BIAS_SIZE = 0.7, 0.15, 0.3
"""Standard deviations; with these, scores differ by a few logits: attention neither flat nor all
on one key."""


def public_model() -> TransformerBridge:
    """Return the public sorting model; kept between checks, handed out without hooks."""
    return named_public_model(SORTED_LIST.name)


def scrambled_model(seed: int = 0, shape: ModelConfig = SHAPE) -> TransformerBridge:
    """Return a model of the given shape with random weights; kept, handed out without hooks."""
    model = _drawn(seed, shape)
    model.reset_hooks()
    return model


def scaled_copy(model: TransformerBridge, parts: Sequence[str], factor: float) -> TransformerBridge:
    """Return a copy of a model with the weights whose names start so multiplied by a factor."""
    return assemble(
        config_of(model),
        {
            name: weight * factor if name.startswith(tuple(parts)) else weight
            for name, weight in model.state_dict().items()
        },
    )


def leaning_copy(model: TransformerBridge, outputs: int | slice, by: float) -> TransformerBridge:
    """Return a copy of a model with a number added to its output bias, at some outputs or all."""
    weights = dict(model.state_dict())
    bias = weights["unembed.bias"].clone()
    bias[outputs] += by
    return assemble(config_of(model), {**weights, "unembed.bias": bias})


def sample_data(n_sequences: int, seed: int = 0) -> tuple[Tokens, Labels]:
    """Return public lists with their answers, and labels, both ``[batch position]``."""
    tokens = SORTED_LIST.sample(n_sequences, torch.Generator().manual_seed(seed))
    return tokens, SORTED_LIST.label(tokens)


def unsorted_lists(n_lists: int, seed: int = 0) -> Int[torch.Tensor, "batch item"]:
    """Return public lists alone, without separator and answers."""
    return sample_lists(n_lists, torch.Generator().manual_seed(seed), list_length=LIST_LENGTH)


@lru_cache(maxsize=8)
def _drawn(seed: int, shape: ModelConfig) -> TransformerBridge:
    model = build_model(shape, seed)
    generator = torch.Generator().manual_seed(seed)

    def drawn(name: str, old: torch.Tensor) -> torch.Tensor:
        noise = torch.randn(old.shape, generator=generator)
        if "embed." in name and "unembed." not in name:
            return EMBEDDING_SIZE * noise
        if name.endswith(("ln1.weight", "ln_final.weight")):
            return 1 + BIAS_SIZE * noise
        return (BIAS_SIZE if old.ndim == 1 else MATRIX_SIZE) * noise

    model.load_state_dict({name: drawn(name, old) for name, old in model.state_dict().items()})
    return freeze(model)


__all__ = [
    "LENGTH",
    "N_TOKENS",
    "ONE_HEAD_SHAPE",
    "PLAIN_SHAPE",
    "PUBLIC",
    "SCRAMBLED",
    "SHAPE",
    "leaning_copy",
    "public_model",
    "read_hook",
    "sample_data",
    "scaled_copy",
    "scrambled_model",
    "unsorted_lists",
]

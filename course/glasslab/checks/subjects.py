"""What public checks try laws on: the public models, a scrambled one, data, and what hooks read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.outcome import Incorrect
from glasslab.models import assemble, build_model, freeze, load_public
from glasslab.tasks.base import Labels, Tokens
from glasslab.tasks.cumsum import CUMSUM

N_TOKENS, LENGTH, WIDTH = CUMSUM.config.d_vocab, CUMSUM.config.n_ctx, CUMSUM.config.d_model
PUBLIC, SCRAMBLED = "the public model", "a model with random weights"


def public_model(name: str = "cumsum") -> TransformerBridge:
    """Return a public model by name; kept between checks, handed out without hooks."""
    return _clean(_loaded(name))


def scrambled_model(seed: int = 0) -> TransformerBridge:
    """Return a model of the public one's shape with random weights.

    Nothing in it is small, so a missing factor, bias or mask shows at once.
    """
    return _clean(_drawn(seed))


def scaled_copy(model: TransformerBridge, parts: Sequence[str], factor: float) -> TransformerBridge:
    """Return a copy of a model with the weights whose names start so multiplied by a factor."""
    return assemble(
        CUMSUM.config,
        {
            name: weight * factor if name.startswith(tuple(parts)) else weight
            for name, weight in model.state_dict().items()
        },
    )


def require_no_hooks(model: TransformerBridge) -> None:
    """Refuse an answer that has left a hook of its own on the model it was given.

    Later calls would run with it, and break laws that the answer itself obeys.

    Raises:
        Incorrect: there is a hook.
    """
    if any(point.fwd_hooks for point in model.hook_dict.values()):
        raise Incorrect(
            "after the call a hook of yours is still on the model, and would change every later "
            "run: model.run_with_hooks takes its hooks off again"
        )


def sample_data(n_sequences: int, seed: int = 0) -> tuple[Tokens, Labels]:
    """Return public sequences and their labels, both ``[batch position]``."""
    tokens = CUMSUM.sample(n_sequences, torch.Generator().manual_seed(seed))
    return tokens, CUMSUM.label(tokens)


@torch.no_grad()
def read_hook(model: TransformerBridge, tokens: Tokens, name: str) -> torch.Tensor:
    """Return an activation of a plain run, in float64."""
    _, cache = model.run_with_cache(tokens, names_filter=name)
    return cache[name].double()


@lru_cache(maxsize=4)
def _loaded(name: str) -> TransformerBridge:
    return load_public(name)


@lru_cache(maxsize=4)
def _drawn(seed: int) -> TransformerBridge:
    model = build_model(CUMSUM.config, seed)
    generator = torch.Generator().manual_seed(seed)
    weights = model.state_dict()
    model.load_state_dict(
        {name: 0.4 * torch.randn(old.shape, generator=generator) for name, old in weights.items()}
    )
    return freeze(model)


def _clean(model: TransformerBridge) -> TransformerBridge:
    """Take off the hooks that an earlier answer may have left on a model kept between checks."""
    model.reset_hooks()
    return model

"""The same model in other numbers, so that no norm of a weight gives away which model it is."""

from __future__ import annotations

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.models import build_model, config_of, freeze

# Parameters by how they touch the residual stream, named as inside a block.
VECTORS = {"embed.weight", "pos_embed.weight", "attn.o.bias", "mlp.out.bias"}
WRITERS = {"attn.o.weight", "mlp.out.weight"}
READERS = {f"{part}.weight" for part in ("attn.q", "attn.k", "attn.v", "mlp.in", "unembed")}


def disguise(
    model: TransformerBridge, generator: torch.Generator, *, scale: float
) -> TransformerBridge:
    """Return a model with the same logits whose residual stream is scaled, and turned at random.

    Queries, values and neurons are scaled at random too, and what reads them is scaled back. All
    that is measured as attention, logits or losses stays as it was.

    Raises:
        ValueError: the model normalises its residual stream, or its neurons are not ReLUs.
    """
    config = config_of(model)
    if config.normalization_type is not None or config.act_fn != "relu":
        raise ValueError("Only a ReLU model without normalisation has a disguise of this kind.")
    square = torch.randn(config.d_model, config.d_model, generator=generator, dtype=torch.float64)
    turn = torch.linalg.qr(square).Q
    state = {name: weight.double() for name, weight in model.state_dict().items()}
    for name, weight in state.items():
        part = name.split(".", 2)[-1] if name.startswith("blocks.") else name
        if part in VECTORS:
            state[name] = scale * weight @ turn
        elif part in WRITERS:
            state[name] = scale * turn.mT @ weight
        elif part in READERS:
            state[name] = weight @ turn / scale
    for layer in range(config.n_layers):
        _scale_inside(state, f"blocks.{layer}", generator)
    copy = build_model(config)
    copy.load_state_dict({name: weight.float() for name, weight in state.items()}, strict=True)
    return freeze(copy)


def _scale_inside(state: dict[str, torch.Tensor], block: str, generator: torch.Generator) -> None:
    """Scale a block's queries, values and neurons, and undo it where they are read."""
    query, value = _factors(2, generator)
    for kind in ("weight", "bias"):
        state[f"{block}.attn.q.{kind}"] *= query
        state[f"{block}.attn.k.{kind}"] /= query
        state[f"{block}.attn.v.{kind}"] *= value
    state[f"{block}.attn.o.weight"] /= value
    if f"{block}.mlp.in.weight" in state:
        neurons = _factors(len(state[f"{block}.mlp.in.bias"]), generator)
        state[f"{block}.mlp.in.weight"] *= neurons[:, None]
        state[f"{block}.mlp.in.bias"] *= neurons
        state[f"{block}.mlp.out.weight"] /= neurons


def _factors(count: int, generator: torch.Generator) -> Float[torch.Tensor, " factor"]:
    """Draw positive factors between a half and two."""
    return 2 ** (2 * torch.rand(count, generator=generator, dtype=torch.float64) - 1)

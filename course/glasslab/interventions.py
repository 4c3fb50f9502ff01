"""Small edits of a running model, to be combined: does this part matter, and is it enough?

An edit at ``blocks.N.hook_resid_mid`` of a TransformerLens bridge reaches only the MLP: the skip
path carries the unedited stream on. Edit ``blocks.N.hook_attn_out`` to reach both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int

from glasslab.bridge import TransformerBridge
from glasslab.tasks.base import Tokens

Activation = Float[torch.Tensor, "batch *rest"]


@dataclass(frozen=True)
class Intervention:
    """An edit of the activation at one hook; it returns a new tensor of the same shape."""

    hook: str
    edit: Callable[[Activation], Activation]


def run_with(
    model: TransformerBridge, tokens: Tokens, *interventions: Intervention
) -> Float[torch.Tensor, "batch position output"]:
    """Return the logits of a model with the interventions in place, in this order, this once.

    Raises:
        ValueError: the model has no hook of such a name, or an edit changes a shape.
    """
    for intervention in interventions:
        if intervention.hook not in model.hook_dict:
            raise ValueError(
                f"This model has no hook {intervention.hook!r}; list(model.hook_dict) names them."
            )
    with torch.no_grad():
        return model.run_with_hooks(tokens, fwd_hooks=[_as_hook(each) for each in interventions])


def zero_ablate(hook: str, indices: Sequence[int] | None = None) -> Intervention:
    """Put zero in place of an activation.

    Args:
        hook: Where.
        indices: Which entries of the last axis (neurons, say); all by default.
    """
    return Intervention(
        hook, lambda activation: _put(activation, torch.zeros_like(activation), indices)
    )


def mean_ablate(hook: str, indices: Sequence[int] | None = None) -> Intervention:
    """Put an activation's mean over the run's sequences and positions in its place.

    Args:
        hook: Where; the activation's axes must begin with ``batch position``.
        indices: Which entries of the last axis; all by default.
    """
    return Intervention(hook, lambda activation: _put(activation, activation.mean((0, 1)), indices))


def resample_ablate(
    hook: str, permutation: Int[torch.Tensor, " batch"], indices: Sequence[int] | None = None
) -> Intervention:
    """Put in its place what the activation was on another sequence of the same run.

    Args:
        hook: Where.
        permutation: Sequence ``b`` gets the activation of sequence ``permutation[b]``.
        indices: Which entries of the last axis; all by default.
    """

    def edit(activation: Activation) -> Activation:
        if len(permutation) != len(activation):
            raise ValueError(
                f"The permutation has {len(permutation)} sequences, the run {len(activation)}."
            )
        return _put(activation, activation[permutation], indices)

    return Intervention(hook, edit)


def swap_pattern(pattern: Float[torch.Tensor, "*rest query key"], layer: int = 0) -> Intervention:
    """Put a given attention pattern in place of the model's own.

    Args:
        pattern: ``[query key]`` for all heads and sequences, ``[head query key]`` for all
            sequences, or ``[batch head query key]``.
        layer: Whose attention.
    """
    return Intervention(
        f"blocks.{layer}.attn.hook_pattern", lambda own: _put(own, pattern, indices=None)
    )


def keep_direction(hook: str, direction: Float[torch.Tensor, " channel"]) -> Intervention:
    """Keep only the part of an activation that lies along a direction.

    Args:
        hook: Where.
        direction: In the activation's last axis; its length doesn't matter.

    Raises:
        ValueError: the direction isn't a vector, or is zero.
    """
    unit = _unit(direction)
    return Intervention(hook, lambda activation: _along(activation, unit))


def remove_direction(hook: str, direction: Float[torch.Tensor, " channel"]) -> Intervention:
    """Take out the part of an activation that lies along a direction.

    Args:
        hook: Where.
        direction: In the activation's last axis; its length doesn't matter.

    Raises:
        ValueError: the direction isn't a vector, or is zero.
    """
    unit = _unit(direction)
    return Intervention(hook, lambda activation: activation - _along(activation, unit))


def _as_hook(intervention: Intervention) -> tuple[str, Callable[..., Activation]]:
    def call(activation: Activation, hook: object) -> Activation:
        edited = intervention.edit(activation)
        if edited.shape != activation.shape:
            raise ValueError(
                f"The edit at {intervention.hook!r} turned {tuple(activation.shape)} into "
                f"{tuple(edited.shape)}; it must keep the shape."
            )
        return edited

    return intervention.hook, call


def _put(
    activation: Activation, replacement: torch.Tensor, indices: Sequence[int] | None
) -> Activation:
    if indices is None:
        try:
            return torch.broadcast_to(replacement, activation.shape)
        except RuntimeError as error:
            raise ValueError(
                f"Shape {tuple(replacement.shape)} doesn't fit an activation of shape "
                f"{tuple(activation.shape)}."
            ) from error
    edited = activation.clone()
    edited[..., list(indices)] = replacement[..., list(indices)]
    return edited


def _unit(direction: torch.Tensor) -> torch.Tensor:
    length = direction.norm()
    if direction.ndim != 1 or not length > 0:
        raise ValueError(
            f"A direction is a vector other than zero; got shape {tuple(direction.shape)}, "
            f"length {float(length):.3g}."
        )
    return direction / length


def _along(activation: Activation, unit: Float[torch.Tensor, " channel"]) -> Activation:
    return (activation @ unit)[..., None] * unit

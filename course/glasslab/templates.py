"""Models copied from one template a shape: a tenth of what it costs TransformerLens to build one.

Most of the time that a small model takes to build goes into finding its hook points, which are the
same in every model of its shape. Each copy is a model of its own: nothing in it is shared with the
template but what can't be changed.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from glasslab.bridge import TransformerBridge

TABLES = (dict, OrderedDict)
UNCHANGING = frozenset({type(None), bool, int, float, str, bytes, type, torch.dtype})


class Template:
    """A built model whose copies get other weights; what it holds must not be changed."""

    def __init__(self, model: TransformerBridge) -> None:
        """Take over a model, with the mode and the need for gradients that copies are to have."""
        self._model = model
        held = {each.data_ptr(): each for each in (*model.parameters(), *model.buffers())}
        self._weights = {
            name: held[weight.data_ptr()] for name, weight in model.state_dict().items()
        }

    def filled(self, weights: Mapping[str, torch.Tensor]) -> TransformerBridge:
        """Return a new model with copies of these weights, named as in its ``state_dict``.

        Raises:
            ValueError: a weight is missing, unknown, or of another shape.
        """
        if differing := self._weights.keys() ^ weights.keys():
            raise ValueError(f"Weights missing or unknown: {', '.join(sorted(differing))}.")
        memo: dict[int, Any] = {}
        for name, own in self._weights.items():
            new = weights[name].detach().to(own.dtype, copy=True).contiguous()
            if new.shape != own.shape:
                raise ValueError(f"{name} is {list(new.shape)}, expected {list(own.shape)}.")
            is_parameter = isinstance(own, nn.Parameter)
            memo[id(own)] = nn.Parameter(new, own.requires_grad) if is_parameter else new
        return _copied(self._model, memo)


def _copied(value: Any, memo: dict[int, Any]) -> Any:
    """Do what `copy.deepcopy` does, without its steps for each of a bridge's thousand tables.

    Args:
        value: What to copy.
        memo: What was copied already, by the ``id`` of the original, which must stay alive.
    """
    kind = type(value)
    if kind in UNCHANGING:
        return value
    key = id(value)
    if key in memo:
        return memo[key]
    if kind in TABLES:
        result = memo[key] = kind()
        for name, item in value.items():
            result[name] = item if type(item) in UNCHANGING else _copied(item, memo)
        return result
    if kind is list:
        result = memo[key] = []
        result.extend(_copied(item, memo) for item in value)
        return result
    if kind is set:
        result = memo[key] = {_copied(item, memo) for item in value}
        return result
    ours = kind.__module__.startswith(("transformer_lens.", "torch.nn.modules."))
    if ours and not hasattr(kind, "__deepcopy__"):
        return _copied_object(value, memo)
    return copy.deepcopy(value, memo)


def _copied_object(value: Any, memo: dict[int, Any]) -> Any:
    """Copy an object by the protocol of its class, as `copy.deepcopy` would."""
    kind = type(value)
    result = memo[id(value)] = object.__new__(kind)
    # The state is often a table made for this call: its id may be another's next.
    state = {name: _copied(item, memo) for name, item in value.__getstate__().items()}
    if hasattr(kind, "__setstate__"):
        result.__setstate__(state)
    else:
        result.__dict__.update(state)
    return result

"""Small statistics that several findings share: running mean and sum, R², cosine."""

from __future__ import annotations

import torch
from jaxtyping import Float, Shaped


def running_sum(
    values: Shaped[torch.Tensor, "batch position"],
) -> Float[torch.Tensor, "batch position"]:
    """Return the sum of the values up to each position."""
    return values.float().cumsum(-1)


def running_mean(
    values: Shaped[torch.Tensor, "batch position"],
) -> Float[torch.Tensor, "batch position"]:
    """Return the mean of the values up to each position."""
    return running_sum(values) / torch.arange(1, values.shape[-1] + 1)


def r2(x: Shaped[torch.Tensor, "*shape"], y: Shaped[torch.Tensor, "*shape"]) -> float:
    """Return R² of the best straight line from x to y: the squared correlation, 0 if either is
    constant.
    """
    x, y = x.flatten().double(), y.flatten().double()
    x, y = x - x.mean(), y - y.mean()
    power = (x @ x) * (y @ y)
    return float((x @ y) ** 2 / power) if power > 0 else 0.0


def cosine(a: Float[torch.Tensor, " n"], b: Float[torch.Tensor, " n"]) -> float:
    """Return the cosine of the angle between two vectors."""
    return float(torch.nn.functional.cosine_similarity(a.double(), b.double(), dim=0))

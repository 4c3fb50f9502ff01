"""Reads answers as tensors for public checks, and says in words what is wrong with their form."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch

from glasslab.checks.outcome import Incorrect

Kind = Literal["whole numbers", "numbers"]


def as_tensor(answer: Any, axes: dict[str, int], kind: Kind = "numbers") -> torch.Tensor:
    """Return an answer as a tensor of the expected axes; lists and numpy arrays count too.

    Args:
        answer: What the learner's function returned.
        axes: Name and size of each axis in order, for instance ``{"position": 20, "class": 3}``.
        kind: Whether only an integer dtype will do.

    Returns:
        The tensor, int64 for whole numbers and float64 otherwise.

    Raises:
        Incorrect: it isn't numbers, or has another shape, another kind, or values not finite.
    """
    wanted = f"[{', '.join(axes)}] = {list(axes.values())}"
    if answer is None:
        raise Incorrect(f"expected a tensor {wanted}, got None: is a return missing?")
    try:
        tensor = torch.as_tensor(answer).detach()
    except Exception as error:
        raise Incorrect(
            f"expected a tensor {wanted}, got a {type(answer).__name__} that can't become one"
        ) from error
    if list(tensor.shape) != list(axes.values()):
        raise Incorrect(f"expected the shape {wanted}, got {list(tensor.shape)}")
    if tensor.is_complex():
        raise Incorrect("expected real numbers, got complex ones")
    if kind == "whole numbers":
        if tensor.is_floating_point() or tensor.dtype == torch.bool:
            raise Incorrect(f"expected whole numbers (torch.int64), got {tensor.dtype}")
        return tensor.to(torch.int64)
    tensor = tensor.to(torch.float64)
    if not bool(tensor.isfinite().all()):
        raise Incorrect(
            f"{_at(axes, ~tensor.isfinite())} is {_first(tensor, ~tensor.isfinite())}; "
            "is something divided by zero, or the logarithm of zero?"
        )
    return tensor


def same(
    got: torch.Tensor,
    expected: torch.Tensor,
    axes: tuple[str, ...],
    why: str,
    *,
    atol: float = 1e-6,
) -> None:
    """Compare two tensors of one shape.

    Raises:
        Incorrect: they differ; the message names the first place, both values, and ``why``.
    """
    differs = (got - expected).abs() > atol
    if bool(differs.any()):
        place = _at(dict.fromkeys(axes, 0), differs)
        raise Incorrect(
            f"{why}: at {place} expected {_first(expected, differs)}, got {_first(got, differs)}"
        )


def _at(axes: dict[str, int], where: torch.Tensor) -> str:
    indices = where.nonzero()[0].tolist()
    return ", ".join(f"{axis} {index}" for axis, index in zip(axes, indices, strict=True))


def _first(tensor: torch.Tensor, where: torch.Tensor) -> str:
    return f"{tensor[where][0].item():.6g}"


def number(answer: Any, what: str) -> float:
    """Return an answer as one finite number.

    Raises:
        Incorrect: it is none.
    """
    try:
        value = float(answer)
    except (TypeError, ValueError) as error:
        raise Incorrect(f"expected {what}, one number; got a {type(answer).__name__}") from error
    if not math.isfinite(value):
        raise Incorrect(f"expected {what}, a finite number; got {value}")
    return value


def numbers(answer: Any, keys: tuple[str, ...]) -> dict[str, float]:
    """Return the finite numbers that a dict holds under these keys.

    Raises:
        Incorrect: it isn't a dict, or a key or a number is missing.
    """
    if not isinstance(answer, dict):
        raise Incorrect(f"expected a dict with {_quoted(keys)}; got a {type(answer).__name__}")
    missing = [key for key in keys if key not in answer]
    if missing:
        raise Incorrect(f"the dict lacks {_quoted(missing)}; it has {_quoted(map(str, answer))}")
    return {key: number(answer[key], f"{key!r} as a number") for key in keys}


def fractions(answer: Any, keys: tuple[str, ...], kind: str) -> dict[str, float]:
    """Return the shares, in 0..1, that a dict holds under these keys.

    Raises:
        Incorrect: one is missing, no number, or outside 0..1.
    """
    found = numbers(answer, keys)
    for key, value in found.items():
        if not -1e-6 <= value <= 1 + 1e-6:
            raise Incorrect(f"{key!r} is {kind} and lies in 0..1; got {value:.4g}")
    return found


def require(holds: bool, otherwise: str) -> None:
    """Refuse an answer that breaks a law.

    Raises:
        Incorrect: the law doesn't hold; the message is ``otherwise``.
    """
    if not holds:
        raise Incorrect(otherwise)


def _quoted(names: Any) -> str:
    return ", ".join(repr(name) for name in names) or "nothing"

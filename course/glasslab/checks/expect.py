"""Reads answers as tensors for public checks, and says in words what is wrong with them.

Words tell the law that is broken, where it is broken first, and what the answer says there: never
what it should have said. Where an answer is wrong in a simple way throughout, they name the way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

import torch

from glasslab.checks.outcome import Incorrect
from glasslab.checks.words import kind as kind_of
from glasslab.checks.words import listed, shown

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
    sizes = list(axes.values())
    wanted = f"[{', '.join(axes)}] = {sizes}" if axes else "[], a single number"
    tensor = _numbers(answer, sizes, wanted)
    if list(tensor.shape) != sizes:
        raise Incorrect(
            f"expected the shape {wanted}, got {list(tensor.shape)}{_other_shape(tensor, axes)}"
        )
    if tensor.is_complex():
        raise Incorrect("expected real numbers, got complex ones")
    if kind == "whole numbers":
        if tensor.is_floating_point() or tensor.dtype == torch.bool:
            raise Incorrect(f"expected whole numbers (torch.int64), got {tensor.dtype}")
        return tensor.to(torch.int64)
    tensor = tensor.to(torch.float64)
    if not bool(tensor.isfinite().all()):
        first = _first(tensor, ~tensor.isfinite())
        causes = "divided by zero, or the logarithm of zero"
        if first == "-inf":
            causes = "masked, or the logarithm of zero"
        raise Incorrect(
            f"{_at(tuple(axes), ~tensor.isfinite())} is {first}; is something {causes}?"
        )
    return tensor


def _numbers(answer: Any, sizes: list[int], wanted: str) -> torch.Tensor:
    """Turn an answer into a plain tensor on the processor, whatever its shape."""
    if answer is None:
        raise Incorrect(f"expected a tensor {wanted}, got None: is a return missing?")
    if answer is ...:
        raise Incorrect(f"expected a tensor {wanted}, got …: what belongs in its place?")
    if callable(answer):
        raise Incorrect(
            f"expected a tensor {wanted}, got {kind_of(answer)}: call it, with brackets"
        )
    if isinstance(answer, (list, tuple, range)) and sizes and len(answer) != sizes[0]:
        # Said before it is made a tensor, which takes long if it is long.
        raise Incorrect(f"expected the shape {wanted}, got {kind_of(answer)} of {len(answer)}")
    try:
        tensor = torch.as_tensor(answer).detach().cpu()
        if isinstance(answer, (list, tuple)) and tensor.dtype is torch.float32:
            tensor = torch.as_tensor(answer, dtype=torch.float64)  # as exact as the list
        return tensor if tensor.layout is torch.strided else tensor.to_dense()
    except Exception as error:
        hint = ""
        if isinstance(answer, (list, tuple)) and any(map(torch.is_tensor, answer)):
            hint = ": torch.stack makes one tensor of several"
        elif isinstance(answer, (list, tuple)):
            hint = ": are its rows of one length, and numbers all of them?"
        raise Incorrect(
            f"expected a tensor {wanted}, got {kind_of(answer)} that can't become one{hint}"
        ) from error


def _other_shape(tensor: torch.Tensor, axes: dict[str, int]) -> str:
    """Say in words how a shape differs from the one that was wanted, if it is a usual slip."""
    sizes, got = list(axes.values()), list(tensor.shape)
    if sorted(got) == sorted(sizes):
        return ": the axes are there, in another order"
    if [size for size in got if size != 1] == [size for size in sizes if size != 1]:
        return f": an axis of size 1 {'too many' if len(got) > len(sizes) else 'is missing'}"
    if len(got) == len(sizes) + 1 and got[1:] == sizes:
        return ": there is one axis too many, the first"
    missing = [name for i, name in enumerate(axes) if sizes[:i] + sizes[i + 1 :] == got]
    if missing:
        return f": the axis {missing[0]!r} is missing"
    if len(got) == len(sizes):
        wrong = [name for name, size, its in zip(axes, sizes, got, strict=True) if size != its]
        return f": {' and '.join(map(repr, wrong))} should have another size"
    return ""


def same(
    got: torch.Tensor,
    expected: torch.Tensor,
    axes: tuple[str, ...],
    why: str,
    *,
    atol: float = 1e-6,
) -> None:
    """Compare two tensors of one shape.

    Args:
        got: What an answer returned, or what was computed from it.
        expected: What it must be.
        axes: The name of each axis.
        why: The law, in a sentence without its full stop; a question may follow it.
        atol: How far apart two entries may be.

    Raises:
        Incorrect: they differ; the message names the law, the first place, what the answer has
            there, and in which simple way it is wrong throughout, if it is. Then it asks the
            question.
    """
    differs = ~((got - expected).abs() <= atol)  # so that NaN differs
    if not bool(differs.any()):
        return
    where = _at(axes, differs)
    away = ""
    # A class is neither high nor low; and what is the same everywhere, the law says.
    if got.is_floating_point() and torch.unique(expected).numel() > 1:
        away = _away(float(got[differs][0]), float(expected[differs][0]))
    count = int(differs.sum())
    many = f"; {count} of {differs.numel()} entries differ" if count > 1 else ""
    law, question = _parted(why)
    words = f"{law}: first differs at {where}, where yours is {_first(got, differs)}{away}{many}"
    slip = next(_slips(got.double(), expected.double(), axes, atol), "")
    raise Incorrect(". ".join(part for part in (words, slip, question) if part))


def _parted(why: str) -> tuple[str, str]:
    """Part a law from the question that follows it."""
    for mark in (". ", "; "):
        law, found, question = why.partition(mark)
        if found and question.endswith("?"):
            return law, question[0].upper() + question[1:]
    return why, ""


def _slips(
    got: torch.Tensor, expected: torch.Tensor, axes: tuple[str, ...], atol: float
) -> Iterator[str]:
    """Yield in which ways all entries are wrong at once; none where too little is to be seen."""

    def fits(other: torch.Tensor) -> bool:
        return bool(((got - other).abs() <= atol).all())

    if not bool(got.isfinite().all()) or torch.unique(expected).numel() < 3:
        return
    if fits(-expected):
        yield "All is right but for the sign"
    factor = float((got * expected).sum() / expected.square().sum())
    if abs(factor) > 1e-3 and fits(factor * expected):
        size = "large" if abs(factor) > 1 else "small"
        yield f"All of it is too {size} by one and the same factor"
    offset = float((got - expected).mean())
    if fits(expected + offset):
        yield f"All of it is too {'high' if offset > 0 else 'low'} by one and the same number"
    if expected.ndim >= 2 and expected.shape[-1] == expected.shape[-2] and fits(expected.mT):
        yield f"It is right, but turned: {axes[-2]!r} and {axes[-1]!r} have changed places"
    for axis, name in enumerate(axes):
        steps = expected.diff(dim=axis).abs() > atol
        if expected.shape[axis] < 4 or float(steps.double().mean()) < 0.5:
            continue  # what hardly changes along an axis looks the same if it is shifted
        if fits(expected.flip(axis)):
            yield f"It is right, but in reverse order along {name!r}"
        length = expected.shape[axis] - 1
        for mine, theirs in ((0, 1), (1, 0)):
            apart = got.narrow(axis, mine, length) - expected.narrow(axis, theirs, length)
            if bool((apart.abs() <= atol).all()):
                yield f"It is right, but shifted by one along {name!r}"


def near(got: float, expected: float, why: str, hint: str = "", *, atol: float) -> None:
    """Compare two numbers.

    Raises:
        Incorrect: they differ; the message is ``why``, then what the answer says and in which
            direction it is off, then the hint.
    """
    if not abs(got - expected) <= atol:
        words = f"{why}; yours is {got:.6g}{_away(got, expected)}"
        raise Incorrect(f"{words}. {hint}" if hint else words)


def _away(got: float, expected: float) -> str:
    """Say in which direction a number is off; of NaN there is nothing to say."""
    if math.isnan(got):
        return ""
    return ", too high" if got > expected else ", too low"


def _at(axes: tuple[str, ...], where: torch.Tensor) -> str:
    """Return the first place where something holds, as an index and in words."""
    indices = where.nonzero()[0].tolist()
    words = ", ".join(f"{axis} {index}" for axis, index in zip(axes, indices, strict=True))
    return f"{indices} ({words})" if indices else "its only entry"


def _first(tensor: torch.Tensor, where: torch.Tensor) -> str:
    return f"{tensor[where][0].item():.6g}"


def number(answer: Any, what: str) -> float:
    """Return an answer as one finite number.

    Raises:
        Incorrect: it is none.
    """
    if answer is None:
        raise Incorrect(f"expected {what}, one number; got None: is a return missing?")
    size = getattr(answer, "shape", ())
    if len(size) and math.prod(size) != 1:
        raise Incorrect(f"expected {what}, one number; got a tensor of shape {list(size)}")
    try:
        if isinstance(answer, (str, bytes)):
            raise TypeError("words, not a number")
        value = float(answer)
    except Exception as error:
        raise Incorrect(f"expected {what}, one number; got {kind_of(answer)}") from error
    if not math.isfinite(value):
        raise Incorrect(f"expected {what}, a finite number; got {value}")
    return value


def numbers(answer: Any, keys: tuple[str, ...]) -> dict[str, float]:
    """Return the finite numbers that a dict holds under these keys.

    Raises:
        Incorrect: it isn't a dict, or a key or a number is missing.
    """
    found = entries(answer, keys)
    return {key: number(found[key], f"{key!r} as a number") for key in keys}


def entries(answer: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return an answer that is a dict with these keys.

    Raises:
        Incorrect: it isn't a dict, or a key is missing.
    """
    if not isinstance(answer, dict):
        hint = ": is a return missing?" if answer is None else ""
        raise Incorrect(f"expected a dict with {listed(keys)}; got {kind_of(answer)}{hint}")
    missing = [key for key in keys if key not in answer]
    if missing:
        raise Incorrect(f"the dict lacks {listed(missing)}; it has {listed(answer)}")
    return answer


def truth(answer: Any) -> bool:
    """Return an answer that is True or False, or a tensor or numpy number that holds one.

    Raises:
        Incorrect: it is something else.
    """
    held = answer
    if hasattr(answer, "shape") and math.prod(answer.shape) == 1:
        held = answer.item()
    if not isinstance(held, bool):
        raise Incorrect(f"expected True or False; got {shown(answer)}")
    return held


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

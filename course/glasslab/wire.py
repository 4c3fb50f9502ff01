"""Data that may cross the wall between two processes: JSON values, arrays and models, no pickle.

What comes out of a learner's process is read with `decode(..., models=False)`: whatever the bytes
are, the result is plain values and numpy arrays, or a `WireError`.
"""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

ARRAY_DTYPES = frozenset(
    {"bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"}
)
MAX_DIMENSIONS = 8
MAX_DEPTH = 12
MAX_BYTES = 64 * 2**20


class WireError(ValueError):
    """A value can't travel: it is of a kind, a size or a form that the wire doesn't carry."""


@dataclass(frozen=True)
class WireModel:
    """A model in transit: safetensors bytes and the config that rebuilds it."""

    weights: bytes
    config: dict[str, Any]


@dataclass(frozen=True)
class KnownModel:
    """The name of a model whose weights travel beside the data, once for all that asks for it."""

    name: str


def encode(value: Any, _depth: int = 0) -> Any:
    """Turn a value into JSON-able data; arrays and tensors become base64 with dtype and shape.

    Raises:
        WireError: the value is of a kind that the wire doesn't carry.
    """
    if _depth > MAX_DEPTH:
        raise WireError("nested too deeply")
    if value is None or isinstance(value, bool):
        return {"kind": "value", "value": value}
    if isinstance(value, str):
        return {"kind": "value", "value": _checked_text(value)}
    if isinstance(value, int):
        return {"kind": "value", "value": _checked_int(int(value))}
    if isinstance(value, float):
        # JSON has no NaN and no infinity; they travel by name.
        number = float(value)
        return (
            {"kind": "value", "value": number}
            if math.isfinite(number)
            else {
                "kind": "number",
                "value": repr(number),
            }
        )
    if isinstance(value, WireModel):
        return {
            "kind": "model",
            "weights": base64.b64encode(value.weights).decode("ascii"),
            "config": value.config,
        }
    if isinstance(value, KnownModel):
        return {"kind": "known model", "value": value.name}
    if isinstance(value, (list, tuple)):
        return {"kind": "list", "items": [encode(item, _depth + 1) for item in value]}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise WireError("dictionary keys must be strings")
        return {
            "kind": "dict",
            "items": {_checked_text(k): encode(v, _depth + 1) for k, v in value.items()},
        }
    if isinstance(value, np.ndarray) and value.dtype.kind == "U":
        return encode(value.tolist(), _depth)  # an array of words says what lists of them say
    return _encode_array(value)


def _encode_array(value: Any) -> dict[str, Any]:
    # A FactoredMatrix of TransformerLens is an honest way to hand in a product.
    if hasattr(value, "AB"):
        value = value.AB
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":
            value = value.float()
        try:
            value = value.numpy()
        except (TypeError, RuntimeError) as error:
            raise WireError(f"this kind of tensor can't be handed over: {error}") from error
    if not isinstance(value, (np.ndarray, np.generic)):
        raise WireError(f"a {type(value).__name__} can't be handed over")
    array = np.asarray(value)
    if array.dtype.name not in ARRAY_DTYPES:
        raise WireError(f"arrays of {array.dtype.name} can't be handed over")
    array = array.astype(array.dtype.newbyteorder("="))
    return {
        "kind": "array",
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "data": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii"),
    }


def decode(data: Any, *, models: bool = False, _depth: int = 0) -> Any:
    """Turn wire data back into values: numpy arrays, and models as `WireModel` or `KnownModel`.

    Args:
        data: What ``json.loads`` gave.
        models: Whether a model may be among the data.

    Raises:
        WireError: the data aren't of the wire's form.
    """
    if _depth > MAX_DEPTH or not isinstance(data, dict):
        raise WireError("not wire data")
    kind, value, items = data.get("kind"), data.get("value"), data.get("items")
    if kind == "value" and (value is None or isinstance(value, (bool, float))):
        return value
    if kind == "value" and isinstance(value, str):
        return _checked_text(value)
    if kind == "value" and isinstance(value, int):
        return _checked_int(value)
    if kind == "number" and value in ("nan", "inf", "-inf"):
        return float(value)
    if kind == "list" and isinstance(items, list):
        return [decode(item, models=models, _depth=_depth + 1) for item in items]
    if kind == "dict" and isinstance(items, dict):
        return {
            _checked_text(key): decode(item, models=models, _depth=_depth + 1)
            for key, item in items.items()
        }
    if kind == "array":
        return _decode_array(data)
    if kind == "model" and models and isinstance(data.get("config"), dict):
        return WireModel(_decode_base64(data.get("weights")), data["config"])
    if kind == "known model" and models and isinstance(value, str):
        return KnownModel(value)
    raise WireError("not wire data")


def _decode_array(data: dict[str, Any]) -> np.ndarray:
    dtype, shape = data.get("dtype"), data.get("shape")
    if not isinstance(dtype, str) or dtype not in ARRAY_DTYPES:
        raise WireError("an array of an unknown dtype")
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise WireError("an array of an unusable shape")
    if not all(type(size) is int and 0 <= size <= MAX_BYTES for size in shape):
        raise WireError("an array of an unusable shape")
    # Sizes of 0 don't make the others harmless: numpy refuses what overflows without them.
    if math.prod(size or 1 for size in shape) > MAX_BYTES:
        raise WireError("an array of an unusable shape")
    raw = _decode_base64(data.get("data"))
    if math.prod(shape) * np.dtype(dtype).itemsize != len(raw):
        raise WireError("an array whose bytes don't fit its shape")
    # Any byte would pass for a bool, and some operations would then count it more than once.
    if dtype == "bool" and raw.translate(None, b"\x00\x01"):
        raise WireError("an array of bools that are neither true nor false")
    return np.frombuffer(raw, dtype=dtype).reshape(shape).copy()


def _checked_text(text: Any) -> str:
    try:
        text.encode()
    except (AttributeError, UnicodeEncodeError) as error:
        raise WireError("text that is not Unicode") from error
    return str(text)


def _checked_int(number: int) -> int:
    if not -(2**63) <= number < 2**63:
        raise WireError("an integer of more than 64 bits")
    return number


def _decode_base64(text: Any) -> bytes:
    if not isinstance(text, str) or len(text) > MAX_BYTES * 4 // 3 + 4:
        raise WireError("an array that is missing or too large")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise WireError("an array that is not base64") from error

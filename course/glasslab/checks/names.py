"""Which units there are, and which public checks each has, without loading what the checks need."""

from __future__ import annotations

import ast
from functools import lru_cache
from importlib.resources import files

UNITS = {
    "orientation": 0,
    "data": 1,
    "training": 2,
    "attention": 3,
    "mlp": 4,
    "attribution": 5,
    "proof": 6,
    "by_hand": 7,
    "sorting": 10,
    "qk_ov": 11,
    "adversarial": 12,
}
"""The number of each unit. Each is a module here with its ``LAWS``; check names begin with their
unit and a dot."""


@lru_cache(maxsize=len(UNITS))
def names_of(unit: str) -> tuple[str, ...]:
    """Return the names of a unit's public checks, in order.

    They are read from the keys of its ``LAWS``, not imported: laws need torch and the public
    models, which takes seconds.

    Args:
        unit: One of `UNITS`.
    """
    source = files("glasslab.checks").joinpath(f"{unit}.py").read_text("utf-8")
    for node in ast.parse(source).body:
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id == "LAWS"
            and isinstance(node.value, ast.Dict)
        ):
            keys = node.value.keys
            return tuple(str(key.value) for key in keys if isinstance(key, ast.Constant))
    return ()

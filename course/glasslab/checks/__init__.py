"""Public checks: ``check(name, answer)`` tells at once whether an answer holds on public data.

A check tests laws that any right answer obeys; it never holds the answer itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from glasslab.checks.outcome import Incorrect, Outcome, State
from glasslab.checks.session import Session

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

SESSION = Session(laws={})


def check(name: str, answer: Any) -> None:
    """Check an answer, print what was found, and hand the answer in under this name."""
    _load_laws(name.partition(".")[0])
    print(SESSION.run(name, answer))


def solved(*names: str) -> bool:
    """Return whether the newest checks of these names were all correct; print which were not.

    Cells that draw with a learner's own functions ask this first, so that "Run All" can pass
    through an unfinished notebook.
    """
    missing = [name for name in names if not SESSION.is_solved(name)]
    if missing:
        sign = State.CORRECT.value
        print(f"· waiting for {', '.join(missing)}: run this cell again after a {sign} there")
    return not missing


def progress(unit: str) -> None:
    """Print how far the checks of a unit have come, for instance ``progress("attention")``.

    Raises:
        ValueError: there is no unit of that name.
    """
    if unit not in UNITS:
        raise ValueError(f"There is no unit {unit!r}; there are: {', '.join(UNITS)}.")
    _load_laws(unit)
    print(SESSION.summary(f"{unit}."))


def _load_laws(unit: str) -> None:
    """Load a unit's laws when they are first needed: where models are checked, imports are slow."""
    for known in (unit,) if unit in UNITS else UNITS:
        SESSION.laws.update(import_module(f"glasslab.checks.{known}").LAWS)


__all__ = ["SESSION", "Incorrect", "Outcome", "State", "check", "progress", "solved"]

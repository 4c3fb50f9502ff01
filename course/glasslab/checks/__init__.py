"""Public checks: ``check(name, answer)`` tells at once whether an answer holds on public data.

A check tests laws that any right answer obeys; it never holds the answer itself.
"""

from __future__ import annotations

from typing import Any

from glasslab.checks import attention, data
from glasslab.checks.outcome import Incorrect, Outcome, State
from glasslab.checks.session import Session

SESSION = Session(laws={**data.LAWS, **attention.LAWS})


def check(name: str, answer: Any) -> None:
    """Check an answer, print what was found, and hand the answer in under this name."""
    print(SESSION.run(name, answer))


def solved(name: str) -> bool:
    """Return whether the newest check of this name was correct, and say so in print if it wasn't.

    Cells that draw with a learner's own function ask this first, so that "Run All" can pass
    through an unfinished notebook.
    """
    outcome = SESSION.outcomes.get(name)
    if outcome is not None and outcome.state is State.CORRECT:
        return True
    print(f"· waiting for {name}: run this cell again once its check says {State.CORRECT.value}")
    return False


def progress(unit: str) -> None:
    """Print how far the checks of a unit have come, for instance ``progress("attention")``."""
    print(SESSION.summary(f"{unit}."))


__all__ = ["SESSION", "Incorrect", "Outcome", "State", "check", "progress", "solved"]

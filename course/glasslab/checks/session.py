"""One learner's session: which checks exist, what was handed to them, and how it went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from glasslab.checks.outcome import Incorrect, Outcome, State
from glasslab.checks.raised import (
    STUB_WORDS,
    Watched,
    beside_the_answer,
    in_words,
    is_empty,
    of_a_stub,
)
from glasslab.checks.words import brief, kind

Law = Callable[[Any], str | None]
"""A check's body: raises `Incorrect`, or returns words to show beside "correct"."""


@dataclass
class Session:
    """Runs checks and remembers what each was handed and what it found.

    ``handed_in[name]`` is the very object that the newest check of that name received: later cells
    that reuse the learner's variable change nothing about it.
    """

    laws: dict[str, Law]
    handed_in: dict[str, Any] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def run(self, name: str, answer: Any) -> Outcome:
        """Hand ``answer`` in under ``name`` and check it.

        Whatever the answer is, raises or returns becomes an outcome in a few words; only an
        interrupt is let through.

        Raises:
            ValueError: there is no check of that name.
        """
        if name not in self.laws:
            raise ValueError(f"There is no check {name!r}; there are: {', '.join(self.laws)}.")
        self.handed_in[name] = answer
        state, reason = self._found(name, answer)
        self.outcomes[name] = outcome = Outcome(name, state, brief(reason))
        return outcome

    def _found(self, name: str, answer: Any) -> tuple[State, str]:
        if answer is None or answer is ...:
            return State.NOT_ATTEMPTED, "nothing to check yet"
        if not callable(answer):
            words = "an answer is a function, handed in by its name without brackets"
            return State.INCORRECT, f"{words}; got {kind(answer)}"
        if is_empty(answer):
            return State.NOT_ATTEMPTED, "there is nothing in the function yet: it returns at once"
        watched = Watched(answer)
        try:
            note = self.laws[name](watched)
        except Incorrect as wrong:
            return State.INCORRECT, str(wrong)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if error is not watched.error:
                return State.INCORRECT, beside_the_answer(error)
            if (stub := of_a_stub(watched)) is not None:
                return State.NOT_ATTEMPTED, stub
            return State.INCORRECT, in_words(watched)
        return State.CORRECT, note or "correct"

    def is_solved(self, name: str) -> bool:
        """Return whether the newest check of this name found its answer correct."""
        return name in self.outcomes and self.outcomes[name].state is State.CORRECT


__all__ = ["STUB_WORDS", "Law", "Session"]

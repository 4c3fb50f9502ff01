"""One learner's session: which checks exist, what was handed to them, and how it went."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from glasslab.checks.outcome import Incorrect, Outcome, State

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

        Raises:
            ValueError: there is no check of that name.
        """
        if name not in self.laws:
            raise ValueError(f"There is no check {name!r}; there are: {', '.join(self.laws)}.")
        self.handed_in[name] = answer
        self.outcomes[name] = outcome = self._outcome(name, answer)
        return outcome

    def _outcome(self, name: str, answer: Any) -> Outcome:
        if answer is None or answer is ...:
            return Outcome(name, State.NOT_ATTEMPTED, "nothing to check yet")
        try:
            note = self.laws[name](answer)
        except Incorrect as wrong:
            return Outcome(name, State.INCORRECT, str(wrong))
        except NotImplementedError:
            return Outcome(name, State.NOT_ATTEMPTED, "still the stub")
        except Exception as error:
            return Outcome(name, State.INCORRECT, _where(error))
        return Outcome(name, State.CORRECT, note or "correct")

    def summary(self, prefix: str) -> str:
        """Return one line for each check whose name starts with ``prefix``, and a count."""
        names = [name for name in self.laws if name.startswith(prefix)]
        lines = [
            str(self.outcomes.get(name, Outcome(name, State.NOT_ATTEMPTED, "not run yet")))
            for name in names
        ]
        done = sum(
            name in self.outcomes and self.outcomes[name].state is State.CORRECT for name in names
        )
        bar = "█" * done + "░" * (len(names) - done)
        return "\n".join([f"{bar} {done} of {len(names)} correct", *lines])


def _where(error: Exception) -> str:
    """Say what an answer raised, and on which of its own lines."""
    message = f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith("<") or "ipykernel" in frame.filename
    ]
    return f"{message} (line {frames[-1].lineno} of its cell)" if frames else message

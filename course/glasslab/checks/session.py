"""One learner's session: which checks exist, what was handed to them, and how it went."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from glasslab.checks.outcome import Incorrect, Outcome, State

Law = Callable[[Any], str | None]
"""A check's body: raises `Incorrect`, or returns words to show beside "correct"."""

STUB_WORDS = ("", "Your code here")
"""What a stub's NotImplementedError says; torch raises the same type, with other words."""


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
        if not callable(answer):
            kind = type(answer).__name__
            words = f"an answer is a function, handed in by its name without brackets; got a {kind}"
            return Outcome(name, State.INCORRECT, words)
        try:
            note = self.laws[name](answer)
        except Incorrect as wrong:
            return Outcome(name, State.INCORRECT, str(wrong))
        except (Exception, SystemExit) as error:
            if isinstance(error, NotImplementedError) and str(error) in STUB_WORDS:
                return Outcome(name, State.NOT_ATTEMPTED, "still the stub")
            return Outcome(name, State.INCORRECT, f"your function raised {_where(error)}")
        return Outcome(name, State.CORRECT, note or "correct")

    def is_solved(self, name: str) -> bool:
        """Return whether the newest check of this name found its answer correct."""
        return name in self.outcomes and self.outcomes[name].state is State.CORRECT

    def summary(self, prefix: str) -> str:
        """Return one line for each check whose name starts with ``prefix``, and a count."""
        names = [name for name in self.laws if name.startswith(prefix)]
        lines = [
            str(self.outcomes.get(name, Outcome(name, State.NOT_ATTEMPTED, "not run yet")))
            for name in names
        ]
        done = sum(map(self.is_solved, names))
        bar = "█" * done + "░" * (len(names) - done)
        return "\n".join([f"{bar} {done} of {len(names)} correct", *lines])


def _where(error: BaseException) -> str:
    """Say what an answer raised, and on which of its own lines."""
    try:
        words = " ".join(str(error).split())[:300]
    except Exception:
        words = "an error that can't be printed"
    message = f"{type(error).__name__}: {words}" if words else type(error).__name__
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if _is_notebook_cell(frame.filename)
    ]
    return f"{message} (line {lines[-1]} of its cell)" if lines else message


def _is_notebook_cell(filename: str) -> bool:
    return "ipykernel" in filename or filename.startswith(("<ipython-input", "<cell"))

"""What a public check can say, and how a check says that an answer is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """The three things that a check can find; the value is the sign shown beside it."""

    CORRECT = "✓"
    INCORRECT = "✗"
    NOT_ATTEMPTED = "·"

    @property
    def words(self) -> str:
        """The state in words."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True)
class Outcome:
    """The result of one public check, with the reason in words."""

    name: str
    state: State
    reason: str

    def __str__(self) -> str:
        return f"{self.state.value} {self.name}: {self.reason}"


class Incorrect(Exception):
    """Raised by a check whose law an answer breaks; the message says which, and where."""

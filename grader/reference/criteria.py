"""What a hidden model must be, in measured findings: each task's plan says it in these terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from grader.suite import Role

Findings = dict[str, Any]

AS_REQUIRED: dict[Role, str] = {
    "reference": "has the circuit",
    "decoy": "differs from the references as it must",
    "mutant": "has the fault that was planted",
    "long_context": "fails, though no random test finds where",
    "long_control": "is right on every input",
}


@dataclass(frozen=True)
class Criterion:
    """One requirement on measured findings, in words that say which way it must lie."""

    words: str
    holds: Callable[[Findings], bool]


@dataclass(frozen=True)
class Outcome:
    """Whether one model meets its requirements, and in words which it doesn't."""

    name: str
    role: Role
    problems: tuple[str, ...]

    @property
    def as_required(self) -> bool:
        """Whether it meets all."""
        return not self.problems

    def __str__(self) -> str:
        if self.problems:
            role = self.role.replace("_", " ")
            return f"{self.name}: NOT as a {role} must be: {'; '.join(self.problems)}"
        return f"{self.name}: {AS_REQUIRED[self.role]}"


def at_least(finding: str, bound: float) -> Criterion:
    """Require a finding to be no smaller than a bound."""
    return Criterion(f"{finding} ≥ {bound:g}", lambda found: found[finding] >= bound)


def at_most(finding: str, bound: float) -> Criterion:
    """Require a finding to be no larger than a bound."""
    return Criterion(f"{finding} ≤ {bound:g}", lambda found: found[finding] <= bound)


def assess(name: str, role: Role, criteria: Sequence[Criterion], findings: Findings) -> Outcome:
    """Hold a model's findings against what is required of it."""
    problems = tuple(criterion.words for criterion in criteria if not criterion.holds(findings))
    return Outcome(name, role, problems)

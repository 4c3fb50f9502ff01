"""What a hidden model must be: a reference has the circuit, a decoy really lacks it.

Thresholds lie between what was measured on trained references and on decoys, nearer to the
references where a probe's usual answer depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from grader.suite import Role

Findings = dict[str, Any]

AS_REQUIRED: dict[Role, str] = {
    "reference": "has the circuit",
    "decoy": "lacks the circuit",
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


HAS_THE_CIRCUIT = (
    at_least("accuracy", 0.999),
    at_most("attention_max_deviation", 0.02),
    at_most("uniform_swap_loss_increase", 0.005),
    at_most("ov_singular_value_ratio", 0.003),
    at_least("u_linear_in_value_r2", 0.9995),
    at_least("u_r2_cumulative_mean", 0.9995),
    at_most("u_r2_cumulative_sum", 0.6),
    at_least("keep_only_u_accuracy", 0.995),
    at_most("remove_u_accuracy", 0.5),
    # After the short recipe they are .83 to .94 in size: signs and rough alignment are asked for.
    at_least("cosine_u_positive", 0.7),
    at_most("cosine_u_negative", -0.7),
    # Measured: +.17 to +.28 logits.
    at_least("certified_accuracy", 1.0),
    at_least("certified_worst_margin", 0.05),
)

# A decoy must do its own task well, or its parts mean nothing; each claim must be far from true of
# it; and u must be well defined: one singular value clearly largest, and a plain sign.
LACKS_THE_CIRCUIT = (
    at_least("accuracy", 0.97),
    at_least("attention_max_deviation", 0.2),
    at_least("uniform_swap_loss_increase", 0.5),
    at_least("ov_singular_value_ratio", 0.01),
    at_most("ov_singular_value_ratio", 0.97),
    at_most("u_linear_in_value_r2", 0.99),
    at_least("u_linear_in_value_r2", 0.03),
    at_most("u_r2_cumulative_mean", 0.99),
    at_least("shuffle_max_logit_change", 0.5),
)

# No random test finds the fault, yet a sequence that really fails is known; and it is this rare.
# (The planting aims at five in 10⁹.)
HAS_A_RARE_FAULT = (
    at_most("random_errors", 0),
    at_most("witness_margin", -0.02),
    at_most("failing_share_at_most", 1e-8),
)
HAS_A_PLAIN_FAULT = (
    at_most("witness_margin", -0.1),
    at_least("failing_share_at_least", 1e-4),
    at_most("failing_share_at_most", 1e-2),
)

# Measured after the long recipe: −.05 to −.08 logits on real inputs, and two inputs in a thousand
# in states that are not proved.
FAILS_UNSEEN = (
    at_most("random_errors", 0),
    at_most("witness_margin", -0.01),
    at_least("certified_accuracy", 0.95),
)
IS_RIGHT_EVERYWHERE = (
    at_most("random_errors", 0),
    at_least("certified_accuracy", 1.0),
    at_least("certified_worst_margin", 0.01),
)


def assess(name: str, role: Role, criteria: Sequence[Criterion], findings: Findings) -> Outcome:
    """Hold a model's findings against what is required of it."""
    problems = tuple(criterion.words for criterion in criteria if not criterion.holds(findings))
    return Outcome(name, role, problems)

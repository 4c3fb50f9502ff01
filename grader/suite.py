"""The hidden suite, as probes see it: models with a role, and a seed for hidden questions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch

if TYPE_CHECKING:
    from transformer_lens.model_bridge import TransformerBridge

Role = Literal["reference", "decoy", "mutant", "long_context", "long_control"]


@dataclass(frozen=True)
class Subject:
    """One hidden model.

    A reference has the circuit that the course describes; a decoy lacks it. A mutant is a reference
    with a fault planted. A long-context model is right on all that random tests find and wrong
    somewhere; a long control, of the same shape, is right everywhere.
    """

    name: str
    role: Role
    model: TransformerBridge


@dataclass(frozen=True)
class Suite:
    """All that hidden questions are made from. It never enters a process that runs learner code."""

    task: str
    subjects: tuple[Subject, ...]
    question_seed: int
    """Drawn from the secret seed; hidden inputs are sampled from it."""

    @property
    def references(self) -> tuple[Subject, ...]:
        """The models that have the circuit."""
        return self._with_role("reference")

    @property
    def decoys(self) -> tuple[Subject, ...]:
        """The models that lack it, where the usual answer is wrong."""
        return self._with_role("decoy")

    @property
    def mutants(self) -> tuple[Subject, ...]:
        """References with one token's embedding nudged, so that some inputs fail."""
        return self._with_role("mutant")

    @property
    def long_context(self) -> tuple[Subject, ...]:
        """Models of length 80 that random tests find no fault in, though there are inputs."""
        return self._with_role("long_context")

    @property
    def long_controls(self) -> tuple[Subject, ...]:
        """Models of length 80 that are right on every input, provably."""
        return self._with_role("long_control")

    def generator(self, purpose: str) -> torch.Generator:
        """Return a generator for one purpose: same suite and purpose, same stream."""
        digest = hashlib.sha256(f"{self.question_seed}/{purpose}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))

    def _with_role(self, role: Role) -> tuple[Subject, ...]:
        return tuple(subject for subject in self.subjects if subject.role == role)

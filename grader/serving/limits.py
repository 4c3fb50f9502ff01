"""What one learner may send, how much, and how often."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """Bounds that hold while reading, so that nothing larger is ever in memory or on the disk."""

    notebook_bytes: int = 20 * 2**20
    """As large as what the grader reads (`grader.submission.MAX_SUBMISSION_BYTES`)."""
    manifest_bytes: int = 64 * 2**10
    question_bytes: int = 4 * 2**10
    """Of a request that isn't a piece of a bundle."""
    silent_seconds: float = 30.0
    """How long a request may send nothing before it is ended; what came so far is kept."""
    requests_a_minute: int = 240
    burst: int = 120
    at_a_time: int = 4
    """Requests of one learner that are answered at the same time."""
    unfinished: int = 5
    """Bundles of one learner that are on their way; beyond that the oldest is forgotten."""
    unfinished_seconds: float = 24 * 3600.0
    """After so long without a byte an unfinished bundle is forgotten."""
    attempts: int = 100
    """Different submissions of a unit that are kept of one learner."""

    @property
    def bundle_bytes(self) -> int:
        """The size of the largest bundle: both members stored as they are, and the zip's frame."""
        return self.notebook_bytes + self.manifest_bytes + 4 * 2**10

    @property
    def too_large(self) -> str:
        """What a learner hears whose notebook is larger."""
        return (
            f"A notebook may have {self.notebook_bytes / 2**20:g} MB at most: clear its outputs "
            "(Edit ▸ Clear Outputs of All Cells), save it, and hand it in again."
        )


@dataclass
class _Learner:
    allowed: float
    asked: float
    open: int = 0


@dataclass
class Turnstile:
    """Counts each learner's requests: a bucket of tokens, and how many are open now.

    Used from the event loop's thread only. Learners have tokens, so there are as many as in class.
    """

    limits: Limits
    _learners: dict[str, _Learner] = field(default_factory=dict)

    def enter(self, learner: str) -> int | None:
        """Let a request in; or say after how many seconds to come again."""
        now = time.monotonic()
        a_second = self.limits.requests_a_minute / 60
        one = self._learners.setdefault(learner, _Learner(self.limits.burst, now))
        one.allowed = min(self.limits.burst, one.allowed + (now - one.asked) * a_second)
        one.asked = now
        if one.open >= self.limits.at_a_time:
            return 1
        if one.allowed < 1:
            return math.ceil((1 - one.allowed) / a_second)
        one.allowed -= 1
        one.open += 1
        return None

    def leave(self, learner: str) -> None:
        """Count a request that was let in as answered."""
        self._learners[learner].open -= 1

"""The one error of this room: a wall that can't be built on this machine."""

from __future__ import annotations

from grader.errors import GraderError


class SandboxUnavailable(GraderError):
    """A wall can't be built, or the kernel behind it doesn't start: a fault of the house."""

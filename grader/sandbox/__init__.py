"""The walls, and the kernel inside them."""

from grader.sandbox.box import Answer, Asked, CellResult, Sandbox, encoded, require_walls
from grader.sandbox.errors import SandboxUnavailable
from grader.sandbox.limits import Limits
from grader.sandbox.walls import Walls
from grader.sandbox.zygote import Isolation, Zygote, zygote_for

__all__ = [
    "Answer",
    "Asked",
    "CellResult",
    "Isolation",
    "Limits",
    "Sandbox",
    "SandboxUnavailable",
    "Walls",
    "Zygote",
    "encoded",
    "require_walls",
    "zygote_for",
]

"""The walls, and the kernel inside them."""

from grader.sandbox.box import Answer, CellResult, Sandbox, encoded, require_walls
from grader.sandbox.errors import SandboxUnavailable
from grader.sandbox.limits import Limits
from grader.sandbox.walls import Walls

__all__ = [
    "Answer",
    "CellResult",
    "Limits",
    "Sandbox",
    "SandboxUnavailable",
    "Walls",
    "encoded",
    "require_walls",
]

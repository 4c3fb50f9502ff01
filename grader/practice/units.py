"""Where the units lie that are practised: in the checkout, or in the installed package."""

from __future__ import annotations

from pathlib import Path

from grader.course import Course
from grader.workspace import Workspace

PACKED = Path(__file__).resolve().parents[1] / "packed"
"""Where a wheel has the source notebooks (see ``hatch_build.py``); a checkout has no such folder.

Within ``grader``, which nobody behind walls can see: each of them holds its unit's answers.
"""


def course_here() -> Course:
    """Return the course of this checkout, or of this installed package.

    Raises:
        GraderError: there are no units.
    """
    if PACKED.is_dir():
        return Course(PACKED, PACKED / "course", Workspace.default())
    return Course.default()

"""What the instructor's solution draws: most of a class draws the same, and drawing is slow.

The pictures travel sealed (`glasslab.gallery`), so a submission can't open one without its data.
"""

from __future__ import annotations

import logging

from nbformat import NotebookNode

from grader.sandbox import Limits, Sandbox, Walls
from grader.sandbox.zygote import Zygote
from grader.unit import without_hidden_tests

log = logging.getLogger(__name__)


def pictures_of(
    solution: NotebookNode, limits: Limits, walls: Walls, zygote: Zygote | None
) -> dict[str, bytes]:
    """Run an instructor's notebook and return its pictures, sealed.

    Whatever goes wrong, submissions draw for themselves.
    """
    try:
        with Sandbox(limits, walls, zygote) as box:
            for cell in solution.cells:
                if cell.cell_type == "code":
                    box.run_cell(without_hidden_tests(cell.source))
            return box.pictures()
    except Exception as error:
        log.warning("The solution's pictures could not be drawn ahead: %s", error)
        return {}

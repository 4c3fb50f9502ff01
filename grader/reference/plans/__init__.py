"""Plans of hidden suites: one file a task, named after it, that holds its ``KINDS`` of models."""

from __future__ import annotations

from importlib import import_module

from grader.errors import GraderError
from grader.reference.kinds import Kind
from grader.tasks import planned_tasks


def plan_for(task: str) -> tuple[Kind, ...]:
    """Return the kinds of hidden models of a task, in the order in which they are made.

    Raises:
        GraderError: hidden suites of that task are not planned.
    """
    known = planned_tasks()
    if task not in known:
        raise GraderError(
            f"There is no plan for a hidden suite of {task!r}: try {', '.join(known)}."
        )
    return import_module(f"{__name__}.{task}").KINDS

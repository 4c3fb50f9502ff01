"""Quick suites, for learners who examine themselves: a few models of each task's plan.

One file a task, named after it, whose ``MODELS`` says how many of which kinds, and ``EPOCHS`` which
of them are trained for a shorter time. Small enough to be made while one waits, so a pass on one
says less than a pass on a whole suite; but each model meets the whole suite's criteria.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec

from glasslab.tasks.base import Recipe
from grader.errors import GraderError
from grader.reference.kinds import Kind, Maker
from grader.reference.plans import plan_for


def quick_plan_for(task: str) -> tuple[Kind, ...]:
    """Return the kinds of hidden models of a task's quick suite, in the order of its whole plan.

    Raises:
        GraderError: no quick suite, or no suite at all, is planned for that task.
    """
    plan, name = plan_for(task), f"{__name__}.{task}"
    if find_spec(name) is None:
        raise GraderError(f"There is no quick suite of {task!r}, so it can't be practised.")
    quick = import_module(name)
    return tuple(
        replace(kind, n_models=quick.MODELS[kind.name], recipe=_shorter(kind, quick.EPOCHS))
        for kind in plan
        if kind.name in quick.MODELS
    )


def _shorter(kind: Kind, epochs: Mapping[str, int]) -> Recipe | Maker:
    if isinstance(kind.recipe, Maker) or kind.name not in epochs:
        return kind.recipe
    return replace(kind.recipe, epochs=epochs[kind.name])

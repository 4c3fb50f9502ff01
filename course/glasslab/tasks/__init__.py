"""The course's tasks, each one file."""

from glasslab.tasks.base import ModelConfig, Recipe, Task
from glasslab.tasks.cumsum import CUMSUM
from glasslab.tasks.sorted_list import SORTED_LIST

TASKS: dict[str, Task] = {task.name: task for task in (CUMSUM, SORTED_LIST)}


def get_task(name: str) -> Task:
    """Return a task by name.

    Raises:
        ValueError: there is no such task.
    """
    if name not in TASKS:
        raise ValueError(f"There is no task {name!r}; the tasks are: {', '.join(sorted(TASKS))}.")
    return TASKS[name]


__all__ = ["CUMSUM", "SORTED_LIST", "TASKS", "ModelConfig", "Recipe", "Task", "get_task"]

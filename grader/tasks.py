"""Which tasks there are hidden suites for, and where a task's suite is looked for."""

from __future__ import annotations

from pathlib import Path
from pkgutil import iter_modules

FIRST_TASK = "cumsum"
"""What a unit is about that doesn't say it. Its suite's folder and variable carry no name of a
task, for they are older than the second task."""

PLANS = Path(__file__).parent / "reference" / "plans"


def planned_tasks() -> list[str]:
    """Return the tasks whose hidden suites are planned: one file each, so none is imported."""
    return sorted(module.name for module in iter_modules([str(PLANS)]))


def suite_folder(task: str, name: str = "suite") -> str:
    """Return the name of the folder that holds a task's suite of some name."""
    return name if task == FIRST_TASK else f"{name}-{task}"


def suite_variable(task: str) -> str:
    """Return the environment variable that names a task's suite to solution notebooks."""
    return "GLASSLAB_SUITE" if task == FIRST_TASK else f"GLASSLAB_SUITE_{task.upper()}"


def train_command(task: str) -> str:
    """Return what an instructor types to train a task's suite."""
    return "grader reference train" + ("" if task == FIRST_TASK else f" --task {task}")

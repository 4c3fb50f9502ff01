"""Read a hidden suite back, and check anew that its models are what their roles say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.errors import GraderError
from grader.reference.criteria import Outcome, assess
from grader.reference.kinds import Kind
from grader.reference.plans import plan_for
from grader.reference.store import read_manifest, read_model
from grader.reference.training import findings_of
from grader.suite import Subject, Suite
from grader.tasks import train_command
from grader.workspace import Workspace


def suite_for(workspace: Workspace, task: str) -> Suite:
    """Load the hidden suite of a task, from where the workspace keeps it.

    Raises:
        GraderError: there is none, it isn't finished, or a file was changed.
    """
    return load_suite(workspace.suite_for(task), task)


def load_suite(folder: Path, task: str | None = None) -> Suite:
    """Load a hidden suite after comparing every file with the digests in its manifest.

    Args:
        folder: Where it is.
        task: What it must be for; anything if None.

    Raises:
        GraderError: there is no suite, it is for another task, it isn't finished, or a file was
            changed.
    """
    manifest = read_manifest(folder, task)
    if not manifest.complete:
        raise GraderError(
            f"The suite in {folder} is not finished: run '{train_command(manifest.task)}' to go on."
        )
    subjects = tuple(
        Subject(entry.name, entry.role, read_model(folder, entry)) for entry in manifest.entries
    )
    return Suite(manifest.task, subjects, manifest.question_seed)


def check_suite(
    folder: Path, task: str | None = None, *, plan: Sequence[Kind] | None = None
) -> tuple[Outcome, ...]:
    """Measure every model of a suite anew, and refuse a suite with one that isn't as required.

    Args:
        folder: Where it is.
        task: What it must be for; anything if None.
        plan: The kinds that it must be made of; by default all of its task's.

    Raises:
        GraderError: the suite can't be loaded, or a model isn't as its role requires.
    """
    outcomes = assess_suite(folder, task, plan=plan)
    require_sound(folder, outcomes)
    return outcomes


def assess_suite(
    folder: Path, task: str | None = None, *, plan: Sequence[Kind] | None = None
) -> tuple[Outcome, ...]:
    """Measure every model of a suite anew and say whether it is as its role requires.

    Args:
        folder: Where it is.
        task: What it must be for; anything if None.
        plan: The kinds that it must be made of; by default all of its task's.

    Raises:
        GraderError: the suite can't be loaded, or isn't made of the models of its plan.
    """
    suite = load_suite(folder, task)
    models = {subject.name: subject.model for subject in suite.subjects}
    kinds = {
        name: kind
        for kind in (plan_for(suite.task) if plan is None else plan)
        for name in kind.model_names
    }
    if set(models) != set(kinds):
        raise GraderError(
            f"The suite in {folder} is not made of the models that this grader plans: "
            f"run '{train_command(suite.task)}' to bring it up to date."
        )
    return tuple(
        assess(name, kind.role, kind.criteria, findings_of(kind, models[name]))
        for name, kind in kinds.items()
    )


def require_sound(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """Refuse a suite in which a model isn't as its role requires.

    Raises:
        GraderError: naming the models.
    """
    faulty = [outcome.name for outcome in outcomes if not outcome.as_required]
    if faulty:
        raise GraderError(
            f"The suite in {folder} can't grade: {', '.join(faulty)} not as required; "
            "train one in another folder."
        )

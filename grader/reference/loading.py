"""Read a hidden suite back, and check anew that its models are what their roles say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.errors import GraderError
from grader.reference.criteria import Outcome, assess
from grader.reference.plan import Kind, plan_for
from grader.reference.store import read_manifest, read_model
from grader.reference.training import findings_of
from grader.suite import Subject, Suite


def load_suite(folder: Path) -> Suite:
    """Load a hidden suite after comparing every file with the digests in its manifest.

    Raises:
        GraderError: there is no suite, it isn't finished, or a file was changed.
    """
    manifest = read_manifest(folder)
    if not manifest.complete:
        raise GraderError(
            f"The suite in {folder} is not finished: run 'grader reference train' to go on."
        )
    subjects = tuple(
        Subject(entry.name, entry.role, read_model(folder, entry)) for entry in manifest.entries
    )
    return Suite(manifest.task, subjects, manifest.question_seed)


def check_suite(folder: Path, *, plan: Sequence[Kind] | None = None) -> tuple[Outcome, ...]:
    """Measure every model of a suite anew, and refuse a suite with one that isn't as required.

    Raises:
        GraderError: the suite can't be loaded, or a model isn't as its role requires.
    """
    outcomes = assess_suite(folder, plan=plan)
    require_sound(folder, outcomes)
    return outcomes


def assess_suite(folder: Path, *, plan: Sequence[Kind] | None = None) -> tuple[Outcome, ...]:
    """Measure every model of a suite anew and say whether it is as its role requires.

    Raises:
        GraderError: the suite can't be loaded, or isn't made of the models of its plan.
    """
    suite = load_suite(folder)
    models = {subject.name: subject.model for subject in suite.subjects}
    kinds = {
        name: kind
        for kind in (plan_for(suite.task) if plan is None else plan)
        for name in kind.model_names
    }
    if set(models) != set(kinds):
        raise GraderError(
            f"The suite in {folder} is not made of the models that this grader plans: "
            "run 'grader reference train' to bring it up to date."
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

"""Make a hidden suite from the secret seed: what is finished is kept, what fails tried again."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformer_lens.model_bridge import TransformerBridge

from glasslab.training import train_many
from grader.errors import GraderError
from grader.reference.criteria import assess
from grader.reference.kinds import Kind, Maker
from grader.reference.plans import plan_for
from grader.reference.store import (
    MANIFEST_FILE,
    Entry,
    Manifest,
    is_intact,
    read_manifest,
    read_model,
    write_manifest,
    write_model,
)
from grader.secret import Secret
from grader.tasks import FIRST_TASK

MAX_ATTEMPTS = 8
"""A long-context model fails its criteria with up to four seeds in ten; others hardly ever do."""


def train_suite(
    folder: Path,
    secret: Secret,
    task: str = FIRST_TASK,
    *,
    progress: bool = True,
    plan: Sequence[Kind] | None = None,
) -> None:
    """Train all hidden models of a task into a folder; run again, it goes on where it was.

    Args:
        folder: The suite's folder, private to its owner; made if missing.
        secret: Decides every seed.
        task: The task's name.
        progress: Whether to say what is done.
        plan: The kinds of models; the task's own by default.

    Raises:
        GraderError: the folder holds a suite of another secret or task, can't be written, or a
            model doesn't come out as required with any of its seeds.
    """
    plan = plan_for(task) if plan is None else plan
    try:
        manifest = _open(folder, secret, task)
        for kind in plan:
            manifest = _train_kind(folder, manifest, secret, kind, progress)
        names = [name for kind in plan for name in kind.model_names]
        write_manifest(folder, manifest.completed(names))
    except OSError as error:
        raise GraderError(
            f"The suite can't be written to {folder} ({error.strerror}): mend that and train "
            "again; what is finished is kept."
        ) from error


def _open(folder: Path, secret: Secret, task: str) -> Manifest:
    fingerprint = f"{secret.derive('suite fingerprint'):016x}"
    if not (folder / MANIFEST_FILE).exists():
        if folder.is_dir() and any(folder.iterdir()):
            raise GraderError(
                f"{folder} holds other things and no suite: choose an empty or a new folder."
            )
        manifest = Manifest(task, fingerprint, secret.derive(f"questions/{task}"))
        write_manifest(folder, manifest)
        return manifest
    manifest = read_manifest(folder, task)
    if manifest.fingerprint != fingerprint:
        raise GraderError(
            f"The suite in {folder} was made from another secret: use that one, or another folder."
        )
    return manifest


def _train_kind(
    folder: Path, manifest: Manifest, secret: Secret, kind: Kind, progress: bool
) -> Manifest:
    missing = [name for name in kind.model_names if not _is_finished(folder, manifest, kind, name)]
    if len(missing) < kind.n_models:
        _say(progress, f"{kind.name}: {kind.n_models - len(missing)} finished already")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        if not missing:
            return manifest
        _say(progress, f"{kind.name}: making {len(missing)}, attempt {attempt}")
        seeds = [secret.derive(f"{manifest.task}/{name}/{attempt}") for name in missing]
        failed = []
        for name, model in zip(missing, _make(folder, manifest, kind, seeds, progress)):
            findings = findings_of(kind, model)
            outcome = assess(name, kind.role, kind.criteria, findings)
            if outcome.as_required:
                entry = _store(folder, kind, name, attempt, model, findings)
                manifest = manifest.with_entry(entry)
                write_manifest(folder, manifest)
            else:
                _say(progress, f"{name}: not as required ({'; '.join(outcome.problems)})")
                failed.append(name)
        missing = failed
    if missing:
        raise GraderError(
            f"{', '.join(missing)} did not come out as required with {MAX_ATTEMPTS} seeds: "
            "the training recipe of this suite doesn't work here."
        )
    return manifest


def _make(
    folder: Path, manifest: Manifest, kind: Kind, seeds: Sequence[int], progress: bool
) -> Iterator[TransformerBridge]:
    """Yield one model for each seed, as the kind's recipe makes them."""
    match kind.recipe:
        case Maker() as maker:
            references = [
                read_model(folder, entry) for entry in manifest.entries if entry.role == "reference"
            ]
            for seed in seeds:
                yield maker.make(kind.task, references, seed)
        case recipe:
            for trained in train_many(kind.task, recipe, seeds=seeds, progress=progress):
                yield trained.model


def findings_of(kind: Kind, model: TransformerBridge) -> dict[str, Any]:
    """Measure a hidden model on the task that it is meant for."""
    return kind.measure(model, task=kind.task)


def _is_finished(folder: Path, manifest: Manifest, kind: Kind, name: str) -> bool:
    return any(
        entry.name == name and entry.recipe == asdict(kind.recipe) and is_intact(folder, entry)
        for entry in manifest.entries
    )


def _store(
    folder: Path,
    kind: Kind,
    name: str,
    attempt: int,
    model: TransformerBridge,
    findings: dict[str, Any],
) -> Entry:
    digests = write_model(folder, name, model, findings)
    return Entry(name, kind.name, kind.role, attempt, asdict(kind.recipe), digests)


def _say(progress: bool, words: str) -> None:
    if progress:
        print(words, file=sys.stderr, flush=True)

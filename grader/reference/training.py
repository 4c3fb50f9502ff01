"""Make a hidden suite from the secret seed: what is finished is kept, what fails tried again.

Models are made side by side, each by a process of its own with one core. A model depends on its own
seed and, if it is made of references, on these: not on which is made when, nor on how many at once.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm
from transformer_lens.model_bridge import TransformerBridge

from glasslab.tasks.base import Recipe, Task
from glasslab.training import one_thread, train_many
from grader.errors import GraderError
from grader.processes import cores, processes
from grader.reference.criteria import Findings, assess
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
MOST_PROCESSES = 4
"""Each holds some 700 megabytes, nearly all of it libraries."""
BAR = "{desc}: {n} of {total} hidden models |{bar:20}| {elapsed}{postfix}"
"""Without a rate: one model takes ten times as long as another."""
LOOK_SECONDS = 1.0
"""How often the bar's clock moves on."""


def train_suite(
    folder: Path,
    secret: Secret,
    task: str = FIRST_TASK,
    *,
    progress: bool = True,
    plan: Sequence[Kind] | None = None,
    workers: int | None = None,
) -> None:
    """Train all hidden models of a task into a folder; run again, it goes on where it was.

    Args:
        folder: The suite's folder, private to its owner; made if missing.
        secret: Decides every seed.
        task: The task's name.
        progress: Whether to say what is done.
        plan: The kinds of models; the task's own by default.
        workers: How many models are made at a time, each in a process of its own, or in this one
            if it is one; by default one for each core, up to four.

    Raises:
        GraderError: the folder holds a suite of another secret or task, can't be written, a model
            doesn't come out as required with any of its seeds, or a process was ended.
    """
    plan = plan_for(task) if plan is None else plan
    names = [name for kind in plan for name in kind.model_names]
    try:
        manifest = _open(folder, secret, task)
        jobs = [
            _Job(kind, name)
            for kind in plan
            for name in kind.model_names
            if not is_finished(folder, manifest, kind, name)
        ]
        finished = len(names) - len(jobs)
        if finished:
            _say(progress, f"{finished} of {len(names)} hidden models are finished already")
        if jobs:
            at_once = min(workers or min(cores(), MOST_PROCESSES), len(jobs))
            manifest = _make_all(folder, manifest, secret, plan, jobs, at_once, progress)
        write_manifest(folder, manifest.completed(names))
    except OSError as error:
        raise GraderError(
            f"The suite can't be written to {folder} ({error.strerror}): mend that and train "
            "again; what is finished is kept."
        ) from error
    except BrokenProcessPool as error:
        raise GraderError(
            "A process that makes hidden models was ended from outside, perhaps for want of "
            "memory: train again; what is finished is kept."
        ) from error


class _Made(NamedTuple):
    """What is told of a model that was made and stored."""

    digests: dict[str, str]
    findings: Findings


@dataclass(frozen=True)
class _Job:
    """A model to be made, and which of its seeds is to be tried."""

    kind: Kind
    name: str
    attempt: int = 1

    @property
    def length(self) -> int:
        """How long it takes, in sequences to train on."""
        recipe = self.kind.recipe
        return 0 if isinstance(recipe, Maker) else recipe.epochs * recipe.train_size

    def entry(self, digests: dict[str, str]) -> Entry:
        """Return what the manifest says of it once it is as required."""
        kind = self.kind
        return Entry(self.name, kind.name, kind.role, self.attempt, asdict(kind.recipe), digests)

    def with_next_seed(self) -> _Job:
        """Return the same with another seed.

        Raises:
            GraderError: enough were tried.
        """
        if self.attempt == MAX_ATTEMPTS:
            raise GraderError(
                f"{self.name} did not come out as required with {MAX_ATTEMPTS} seeds: "
                "the training recipe of this suite doesn't work here."
            )
        return replace(self, attempt=self.attempt + 1)


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


def _make_all(
    folder: Path,
    manifest: Manifest,
    secret: Secret,
    plan: Sequence[Kind],
    jobs: Sequence[_Job],
    at_once: int,
    progress: bool,
) -> Manifest:
    """Make models, several at a time; write the manifest when one is done, and return the last."""
    # The longest first, so that no process is left alone with it at the end.
    waiting = deque(sorted(jobs, key=lambda job: job.length, reverse=True))
    at_work: dict[Future[_Made], _Job] = {}
    with (
        tqdm(desc=manifest.task, total=len(jobs), bar_format=BAR, disable=not progress) as bar,
        processes(at_once) as pool,
    ):
        while waiting or at_work:
            while waiting and len(at_work) < at_once and _can_begin(waiting[0], at_work.values()):
                job = waiting.popleft()
                names = [each.name for each in (*at_work.values(), job)]
                bar.set_postfix_str(", ".join(names))
                seed = secret.derive(f"{manifest.task}/{job.name}/{job.attempt}")
                made_of = _references(manifest, plan, job)
                kind = job.kind
                future = pool.submit(
                    _make, folder, job.name, kind.task, kind.recipe, kind.measure, seed, made_of
                )
                at_work[future] = job
            done, _ = wait(at_work, LOOK_SECONDS, FIRST_COMPLETED)
            bar.refresh()
            for future in done:
                job, made = at_work.pop(future), future.result()
                outcome = assess(job.name, job.kind.role, job.kind.criteria, made.findings)
                if outcome.as_required:
                    manifest = manifest.with_entry(job.entry(made.digests))
                    write_manifest(folder, manifest)
                    bar.update()
                else:
                    _say(progress, f"{job.name}: not as required ({'; '.join(outcome.problems)})")
                    waiting.appendleft(job.with_next_seed())
    return manifest


def _can_begin(job: _Job, at_work: Iterable[_Job]) -> bool:
    """Whether all is there that a model is made of: whatever is trained stands before it."""
    if not isinstance(job.kind.recipe, Maker):
        return True
    return all(other.kind.role != "reference" for other in at_work)


def _references(manifest: Manifest, plan: Sequence[Kind], job: _Job) -> tuple[Entry, ...]:
    """Return what a model may be made of, in the order of the plan; nothing if it is trained."""
    if not isinstance(job.kind.recipe, Maker):
        return ()
    names = [name for kind in plan if kind.role == "reference" for name in kind.model_names]
    return manifest.of(names)


def _make(
    folder: Path,
    name: str,
    task: Task,
    recipe: Recipe | Maker,
    measure: Callable[..., Findings],
    seed: int,
    made_of: Sequence[Entry],
) -> _Made:
    """Make a model, measure and store it. What no manifest names yet is no part of a suite."""
    # One thread, wherever it runs: bits of findings would depend on the number of cores.
    with one_thread():
        if isinstance(recipe, Maker):
            model = recipe.make(task, [read_model(folder, entry) for entry in made_of], seed)
        else:
            [trained] = train_many(task, recipe, seeds=[seed], progress=False)
            model = trained.model
        findings = measure(model, task=task)
        return _Made(write_model(folder, name, model, findings), findings)


def findings_of(kind: Kind, model: TransformerBridge) -> dict[str, Any]:
    """Measure a hidden model on the task that it is meant for."""
    return kind.measure(model, task=kind.task)


def is_finished(folder: Path, manifest: Manifest, kind: Kind, name: str) -> bool:
    """Whether a suite has a model, made by its kind's recipe and whole, so that it is kept."""
    return any(
        entry.name == name and entry.recipe == asdict(kind.recipe) and is_intact(folder, entry)
        for entry in manifest.entries
    )


def _say(progress: bool, words: str) -> None:
    if progress:
        tqdm.write(words, file=sys.stderr)

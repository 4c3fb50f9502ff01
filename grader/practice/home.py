"""Where a learner's practice lies: a random secret, and the quick suites made from it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.errors import GraderError
from grader.reference import load_suite, train_suite
from grader.reference.kinds import Kind
from grader.reference.quick import quick_plan_for
from grader.reference.store import MANIFEST_FILE, read_manifest
from grader.reference.training import is_finished
from grader.secret import load_secret, new_secret
from grader.suite import Suite
from grader.tasks import planned_tasks, suite_folder

PLACE = "GLASSLAB_PRACTICE"
"""The environment variable that names another folder."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class PracticeHome:
    """A private folder, away from the course: nobody meets its models by accident."""

    root: Path

    @classmethod
    def default(cls) -> PracticeHome:
        """Return the folder that ``GLASSLAB_PRACTICE`` names, or the one among the user's data.

        Raises:
            GraderError: this user has no home folder.
        """
        data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
        try:
            place = Path(os.environ.get(PLACE) or Path(data, "glasslab", "practice")).expanduser()
        except RuntimeError as error:
            raise GraderError(
                f"There is no home folder to keep hidden models in: name a folder in {PLACE}."
            ) from error
        return cls(place.absolute())

    @property
    def secret(self) -> Path:
        """The file of the random secret."""
        return self.root / "secret"

    def suite_for(self, task: str) -> Path:
        """Return the folder of a task's quick suite."""
        return self.root / suite_folder(task)

    def suite(self, task: str, tell: Tell, *, progress: bool) -> Suite:
        """Load a task's quick suite; what is missing of it is trained first, and kept.

        Args:
            task: What its models do.
            tell: Where a wait is announced.
            progress: Whether to show what is being trained.

        Raises:
            GraderError: the folder can't be used, or a model doesn't come out as it must.
        """
        folder, plan = self.suite_for(task), quick_plan_for(task)
        with self._held(tell):
            self._ensure_secret()
            try:
                secret = load_secret(self.secret)
                whole = _is_whole(folder, plan)
            except GraderError as error:
                raise GraderError(
                    f"{error} Or practise with --new: that draws a secret, and makes models, anew."
                ) from error
            if not whole:
                tell(
                    f"Training hidden models of {task!r}, only this once: about a minute. They are "
                    f"kept in {folder}."
                )
            train_suite(folder, secret, task, progress=progress and not whole, plan=plan)
            return load_suite(folder, task)

    def begin_anew(self, tell: Tell) -> None:
        """Forget the secret and all suites made from it.

        Raises:
            GraderError: they can't be removed.
        """
        with self._held(tell):
            try:
                # The secret goes first: killed in between, suites of no secret are left, and these
                # go when the next secret is made.
                self.secret.unlink(missing_ok=True)
                self._drop_suites()
            except OSError as error:
                raise self._unusable(error) from error

    def _ensure_secret(self) -> None:
        if self.secret.exists():
            return
        try:
            self._drop_suites()
        except OSError as error:
            raise self._unusable(error) from error
        new_secret(self.secret)

    def _drop_suites(self) -> None:
        for task in planned_tasks():
            if self.suite_for(task).exists():
                shutil.rmtree(self.suite_for(task))

    @contextmanager
    def _held(self, tell: Tell) -> Iterator[None]:
        """Let one practice at a time make models here."""
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self.root / "lock").open("w")
        except OSError as error:
            raise self._unusable(error) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                tell("Another practice is making hidden models: waiting for it ...")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _unusable(self, error: OSError) -> GraderError:
        return GraderError(
            f"Hidden models can't be kept in {self.root} ({error.strerror}): mend that, or name "
            f"another folder in {PLACE}."
        )


def _is_whole(folder: Path, plan: tuple[Kind, ...]) -> bool:
    """Whether all planned models are there, made as planned, so that nobody waits for one."""
    if not (folder / MANIFEST_FILE).exists():
        return False
    manifest = read_manifest(folder)
    return all(
        is_finished(folder, manifest, kind, name) for kind in plan for name in kind.model_names
    )

"""Where the instructor's private things lie: one folder, and a name for each place in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from grader.tasks import planned_tasks, suite_folder

CLASSROOM_VARIABLE = "GLASSLAB_CLASSROOM"
GRADEBOOK_VARIABLE = "GLASSLAB_GRADEBOOK_URL"


@dataclass(frozen=True)
class Workspace:
    """The instructor's folder; none of it is ever published or committed."""

    root: Path

    @classmethod
    def default(cls) -> Workspace:
        """Return the folder named by ``GLASSLAB_CLASSROOM``, or ``classroom`` right here."""
        return cls(Path(os.environ.get(CLASSROOM_VARIABLE) or "classroom").absolute())

    @property
    def secret(self) -> Path:
        """The file of the secret seed."""
        return self.root / "secret"

    def suite_for(self, task: str) -> Path:
        """Return the folder of a task's hidden models."""
        return self.root / suite_folder(task)

    @property
    def suites(self) -> tuple[Path, ...]:
        """The folders of hidden models of all tasks, whether they are there or not."""
        return tuple(map(self.suite_for, planned_tasks()))

    @property
    def gradebook_url(self) -> str:
        """The database of grades: ``GLASSLAB_GRADEBOOK_URL``, or an SQLite file in the folder."""
        chosen = os.environ.get(GRADEBOOK_VARIABLE)
        return chosen or f"sqlite:///{self.root / 'gradebook.db'}"

    @property
    def submitted(self) -> Path:
        """What came in, ``LEARNER/UNIT/UNIT.ipynb``."""
        return self.root / "submitted"

    @property
    def quarantine(self) -> Path:
        """What came in and doesn't belong, under names that nothing opens."""
        return self.root / "quarantine"

    @property
    def autograded(self) -> Path:
        """Submissions as the grader rebuilt and ran them."""
        return self.root / "autograded"

    @property
    def feedback(self) -> Path:
        """What learners get back."""
        return self.root / "feedback"

    @property
    def exports(self) -> Path:
        """Tables of grades for other tools."""
        return self.root / "exports"

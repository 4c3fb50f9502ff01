"""Try answer variants in this process, without walls: for variants that we wrote ourselves.

The same probes, the same wire and the same points as behind walls, at a hundredth of the time: what
makes it possible to try every variant on several hidden suites.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import torch

from glasslab import checks
from grader.course import Course
from grader.errors import GraderError
from grader.hidden import judge_here
from grader.probes import PROBES
from grader.report import in_words, score
from grader.suite import Suite
from grader.unit import without_hidden_tests

Namespace = dict[str, Any]


@dataclass(frozen=True)
class Scored:
    """How an answer did on one suite."""

    score: float
    words: str


class Rehearsal:
    """A unit's own notebook, run once here; answers are then tried in copies of what it defined.

    Raises:
        GraderError: a cell of the notebook fails.
    """

    def __init__(self, course: Course, unit: str) -> None:
        self.unit = unit
        self._before: dict[str, Namespace] = {}
        self._run(course.source_of(unit))

    def answer(self, cell: str, check: str, source: str | None = None) -> Callable[..., Any]:
        """Return what a graded cell would hand in if its answer cell held another source.

        Args:
            cell: The answer cell's grade_id.
            check: The name of its check.
            source: Another source; the solution's own by default.
        """
        if source is None:
            return self._handed_in[check]
        namespace = dict(self._before[cell])
        with _quietly():
            exec(compile(source, f"<cell {cell}>", "exec"), namespace)
        return namespace[self._names[check]]

    def refusal(self, check: str, answer: Callable[..., Any]) -> str:
        """Return what the public check says against an answer; nothing if it is correct."""
        with _quietly():
            outcome = checks.SESSION.run(check, answer)
        return "" if outcome.state is checks.State.CORRECT else str(outcome)

    def _run(self, path: Path) -> None:
        namespace: Namespace = {"__name__": "__main__"}
        # What another unit left in this process isn't this one's: a kernel starts afresh.
        torch.set_grad_enabled(True)
        checks.SESSION.handed_in.clear()
        checks.SESSION.outcomes.clear()
        self._names: dict[str, str] = {}
        with TemporaryDirectory() as folder, _quietly(), contextlib.chdir(folder):
            for cell in nbformat.read(path, as_version=4).cells:
                if cell.cell_type != "code":
                    continue
                grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", cell.id)
                self._before[grade_id] = dict(namespace)
                try:
                    exec(
                        compile(without_hidden_tests(cell.source), f"<cell {grade_id}>", "exec"),
                        namespace,
                    )
                except Exception as error:
                    raise GraderError(f"{path}: cell {grade_id!r} fails: {error!r}.") from error
        self._handed_in = dict(checks.SESSION.handed_in)
        for check, function in self._handed_in.items():
            self._names[check] = next(
                name for name, value in namespace.items() if value is function
            )


def try_answer(answer: Callable[..., Any], check: str, suite: Suite) -> Scored:
    """Put a probe's hidden questions to a trusted function, and score it as the examiner would."""
    probe = PROBES[check]
    with _quietly():
        judged = judge_here(probe, answer, suite)
    return Scored(score(judged, partial_credit=probe.partial_credit), in_words(judged))


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield

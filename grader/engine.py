"""Many submissions: read from the class's folders, examined side by side, yielded once done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from grader.arrivals import MAX_RECEIPT_BYTES, read_regular
from grader.errors import GraderError
from grader.examiner import examine, for_a_person, prepare
from grader.names import TIMESTAMP_FILE
from grader.pictures import pictures_of
from grader.processes import cores
from grader.report import Incident, Report
from grader.sandbox import Limits, SandboxUnavailable, Walls, require_walls
from grader.sandbox.zygote import Isolation, Zygote, zygote_for
from grader.submission import MAX_SUBMISSION_BYTES, digest_of
from grader.suite import Suite
from grader.unit import Unit

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger(__name__)


class Unreachable(GraderError):
    """Nobody is left to examine anything; what is done is kept."""


@dataclass(frozen=True)
class Submission:
    """One learner's notebook as bytes, with what was odd about its file."""

    student: str
    content: bytes
    incidents: tuple[Incident, ...] = ()
    timestamp: datetime | None = None
    """When it was handed in; UTC without a zone. As `read_submission` returns it, only by the file
    that nbgrader's exchange writes, which its learner can write as well."""


def find_submissions(submitted: Path, unit: str) -> dict[str, Path]:
    """Find every learner's notebook of a unit, ``submitted/STUDENT/UNIT/UNIT.ipynb``; read none.

    Raises:
        GraderError: there are none.
    """
    found = {
        folder.parent.name: folder / f"{unit}.ipynb"
        for folder in sorted(submitted.glob(f"*/{unit}"))
        if folder.is_dir() and not folder.is_symlink() and not folder.parent.is_symlink()
    }
    if not found:
        raise GraderError(
            f"No submissions of {unit} under {submitted}; each belongs in "
            f"STUDENT/{unit}/{unit}.ipynb."
        )
    return found


def read_submission(student: str, path: Path) -> Submission:
    """Read one submitted file without following a link out of the submission."""
    content = read_regular(path, MAX_SUBMISSION_BYTES)
    if content is None:
        words = "there is no readable notebook of the expected name"
        return Submission(student, b"", (Incident("no notebook", words),))
    written = read_regular(path.parent / TIMESTAMP_FILE, MAX_RECEIPT_BYTES)
    if written is None:
        return Submission(student, content)
    try:
        timestamp = parse_utc(written.decode().strip())
    except (ValueError, OverflowError):
        words = f"its {TIMESTAMP_FILE} can't be read; when it was handed in is not known"
        return Submission(student, content, (Incident("no timestamp", words),))
    return Submission(student, content, timestamp=timestamp)


@dataclass(frozen=True)
class Examiners:
    """Where submissions are examined: threads of this process, or the workers of a cluster."""

    width: Callable[[], int]
    """How many submissions are examined at a time; a cluster may grow and shrink."""
    submit: Callable[[bytes], Future[Report]]
    """Begin to examine one submission."""


def examine_all(
    submissions: Iterable[Submission],
    unit: Unit,
    suite: Suite,
    *,
    workers: int | None = None,
    isolation: Isolation = "warm",
    scheduler: str | Client | None = None,
    limits: Limits | None = None,
    walls: Walls | None = None,
    solution: NotebookNode | None = None,
) -> Iterator[tuple[Submission, Report]]:
    """Examine submissions, ``workers`` at a time; yield each as it is done.

    A submission is taken from ``submissions`` when its turn comes, so a large class needs no more
    memory than a small one.

    Args:
        submissions: What to examine; may be read lazily.
        unit: The unit.
        suite: The hidden suite.
        workers: Submissions at a time on this machine; by default one for each core.
        isolation: Whether kernels are forked from one that is warm, or each is started anew.
        scheduler: Examine on the workers of the Dask scheduler at this address instead, or of one
            that this client is connected to.
        limits: What one submission may use.
        walls: Which walls stand.
        solution: The instructor's notebook; what it draws is not drawn again on this machine.

    Raises:
        SandboxUnavailable: the walls can't be built on this machine.
        GraderError: the cluster can't be used.
    """
    limits, walls = limits or Limits(), walls or Walls()
    if scheduler is None:
        opened = on_this_machine(
            unit, suite, workers or cores(), isolation, limits, walls, solution
        )
    else:
        opened = _on_a_cluster(scheduler, unit, suite, isolation, limits, walls)
    turns = iter(submissions)
    first = next(turns, None)
    if first is None:
        return
    with opened as examiners:
        waiting: dict[Future[Report], Submission] = {}
        for submission in chain([first], turns):
            waiting[examiners.submit(submission.content)] = submission
            while len(waiting) >= AHEAD * examiners.width():
                yield from _finished(waiting, unit)
        while waiting:
            yield from _finished(waiting, unit)


MANY = 8
"""From so many submissions on, it pays to draw the solution's pictures ahead."""
AHEAD = 2
"""Submissions in memory for each worker: one that it examines, and the next."""


@contextmanager
def on_this_machine(
    unit: Unit,
    suite: Suite,
    workers: int,
    isolation: Isolation,
    limits: Limits,
    walls: Walls,
    solution: NotebookNode | None = None,
) -> Iterator[Examiners]:
    """Examine in threads of this process, all with one zygote: one more costs a forked kernel only.

    With the solution, what most submissions draw is drawn once, from the time that there are many.

    Raises:
        SandboxUnavailable: the walls can't be built on this machine.
    """
    require_walls(walls)
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        # Begun first: the questions are made while the zygote imports what kernels need.
        pool.submit(prepare, unit, suite)
        zygote = stack.enter_context(zygote_for(isolation, walls))

        begun = count(1)
        drawn: Future[dict[str, bytes]] | None = None

        def work(content: bytes) -> Report:
            ready = drawn is not None and drawn.done() and not drawn.cancelled()
            pictures = drawn.result() if drawn is not None and ready else None
            return examine_patiently(content, unit, suite, limits, walls, zygote, pictures)

        def submit(content: bytes) -> Future[Report]:
            nonlocal drawn
            if next(begun) == MANY and solution is not None:
                drawn = pool.submit(pictures_of, solution, limits, walls, zygote)
            return pool.submit(work, content)

        try:
            yield Examiners(lambda: workers, submit)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def examine_patiently(
    content: bytes,
    unit: Unit,
    suite: Suite,
    limits: Limits,
    walls: Walls,
    zygote: Zygote | None,
    pictures: Mapping[str, bytes] | None = None,
) -> Report:
    """Examine a submission, a second time if its sandbox couldn't be started: machines get full.

    Raises:
        SandboxUnavailable: it couldn't be started the second time either.
    """

    def once() -> Report:
        return examine(
            content, unit, suite, limits=limits, walls=walls, zygote=zygote, pictures=pictures
        )

    try:
        return once()
    except SandboxUnavailable as error:
        log.warning("%s Trying once more.", error)
        return once()


def _on_a_cluster(
    scheduler: str | Client,
    unit: Unit,
    suite: Suite,
    isolation: Isolation,
    limits: Limits,
    walls: Walls,
) -> AbstractContextManager[Examiners]:
    try:
        from grader.cluster import on_a_cluster
    except ImportError as error:
        raise GraderError(
            "Grading on a cluster needs Dask: pip install -e '.[cluster]'."
        ) from error
    return on_a_cluster(scheduler, unit, suite, isolation, limits, walls)


def _finished(
    waiting: dict[Future[Report], Submission], unit: Unit
) -> Iterator[tuple[Submission, Report]]:
    """Wait until at least one is done, and yield what is."""
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        submission = waiting.pop(future)
        yield submission, _report_of(submission, future, unit)


def _report_of(submission: Submission, future: Future[Report], unit: Unit) -> Report:
    """Return a report; a fault of ours makes it a person's case, not the batch's end."""
    try:
        report = future.result()
        require_answer_to(report, submission.content, unit)
    except Unreachable:
        raise
    except Exception:
        log.exception("Examining the submission of %s failed", submission.student)
        why = Incident("not examined", "examining it failed; see the log")
        report = for_a_person(submission.content, unit, why)
    return replace(report, incidents=(*submission.incidents, *report.incidents))


def require_answer_to(report: Report, content: bytes, unit: Unit) -> None:
    """See that a report is of this submission and this unit, with points that there are.

    Raises:
        GraderError: it isn't: what sent it is at fault.
    """
    asked = [(cell.grade_id, cell.points) for cell in unit.graded]
    if (
        report.unit != unit.name
        or report.submission_digest != digest_of(content)
        or [(one.grade_id, one.max_points) for one in report.verdicts] != asked
        or not all(0 <= (one.points or 0) <= one.max_points for one in report.verdicts)
    ):
        raise GraderError("A worker sent a report of something else than it was asked to examine.")

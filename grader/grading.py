"""Grade a class: the engine's reports into nbgrader's gradebook, and feedback out of it."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode, ValidationError
from nbgrader.converters.base import NbGraderException
from nbgrader.converters.generate_feedback import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from grader.arrivals import sweep
from grader.course import Course
from grader.engine import Submission, examine_all, find_submissions, read_submission
from grader.errors import GraderError
from grader.examiner import for_a_person
from grader.gradebook import (
    TOO_MANY_ATTEMPTS,
    Writer,
    load_unit,
    open_gradebook,
    place_of,
)
from grader.journal import Entry, Journal, examination_key, not_standing
from grader.reference import suite_for
from grader.report import Incident, Outcome, Report
from grader.resubmissions import graded_at_most
from grader.sandbox import Limits, Walls, require_walls
from grader.sandbox.zygote import Isolation
from grader.strays import Strays
from grader.submission import digest_of
from grader.suite import Suite
from grader.unit import Unit

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger(__name__)

CHECKPOINT = 200
"""After so many reports the gradebook is made to hold them all, and the journal begins anew."""


@dataclass(frozen=True)
class GradedClass(Mapping[str, Outcome]):
    """What grading a unit came to: what was examined now, by learner, and what wasn't."""

    unit: str
    outcomes: Mapping[str, Outcome]
    """What was examined now, in the learners' order."""
    unchanged: Mapping[str, Outcome] = field(default_factory=dict)
    """Whose grades stand, for submission, unit and hidden suite are the same; as recorded then."""
    left: tuple[str, ...] = ()
    """Learners whose turn hadn't come when the instructor stopped the grader."""
    troubles: tuple[str, ...] = ()
    """What didn't work on this machine, though no grade was lost."""

    @property
    def everyone(self) -> Mapping[str, Outcome]:
        """Examined now or unchanged, in the learners' order."""
        return dict(sorted({**self.unchanged, **self.outcomes}.items()))

    def __getitem__(self, student: str) -> Outcome:
        return self.outcomes[student]

    def __iter__(self) -> Iterator[str]:
        return iter(self.outcomes)

    def __len__(self) -> int:
        return len(self.outcomes)


def grade_unit(
    course: Course,
    unit_name: str,
    *,
    students: Collection[str] | None = None,
    workers: int | None = None,
    isolation: Isolation = "warm",
    scheduler: str | Client | None = None,
    force: bool = False,
    attempts: int | None = None,
    limits: Limits | None = None,
    walls: Walls | None = None,
    progress: bool = True,
) -> GradedClass:
    """Examine the class's submissions of a unit and record them, each as soon as it is done.

    A grader that was stopped or killed goes on where it was when it is called again. What the
    gradebook already holds, of the same submission, unit and hidden suite, isn't examined again.

    Args:
        course: Where everything is.
        unit_name: The unit.
        students: Only these learners; by default all who handed in.
        workers: Submissions at a time on this machine; by default one for each core.
        isolation: "warm" forks kernels from one that is warm; "cold" starts each anew.
        scheduler: The address of a Dask scheduler whose workers examine instead of this machine, or
            a client that is connected to one.
        force: Examine again what the gradebook already holds.
        attempts: Submissions that are graded for one learner, those after it wait for a person; by
            default as the class's settings say.
        limits: What one submission may use.
        walls: Which walls stand; all of them if None.
        progress: Whether to show a progress bar.

    Raises:
        GraderError: the unit isn't released, nothing was handed in, the hidden suite is missing,
            the walls can't be built, the gradebook can't be used, or another grader is at work.
    """
    workspace = course.workspace
    if attempts is None:
        attempts = graded_at_most(course.configured())
    if scheduler is None:
        require_walls(walls, private=[workspace.root])
    with ExitStack() as stack:
        stack.enter_context(_told_in_one_sentence(workspace.gradebook_url))
        with open_gradebook(workspace.gradebook_url) as gradebook:
            unit = load_unit(gradebook, unit_name)
        suite = suite_for(workspace, unit.task)
        journal = stack.enter_context(Journal(workspace.root / "journal" / f"{unit_name}.jsonl"))
        odd = sweep(workspace, unit_name, students, Strays(journal.path.with_suffix(".strays")))
        files = _chosen(find_submissions(workspace.submitted, unit_name), unit_name, students)
        writer = stack.enter_context(Writer(course, unit))
        stopping = stack.enter_context(_stopping())
        bar = stack.enter_context(
            tqdm(total=len(files), desc=unit_name, unit="submission", disable=not progress)
        )
        grading = _Grading(unit, suite, files, odd, force, attempts, journal, writer, stopping, bar)
        grading.settle()
        done = examine_all(
            grading.to_examine(),
            unit,
            suite,
            workers=workers,
            isolation=isolation,
            scheduler=scheduler,
            limits=limits,
            walls=walls,
            solution=_solution(course, unit_name),
        )
        for submission, report in done:
            grading.take(submission, report)
        grading.checkpoint()
    return grading.result()


def _solution(course: Course, unit_name: str) -> NotebookNode | None:
    """Return the instructor's notebook; a gradebook may be without it."""
    try:
        return nbformat.read(course.source_of(unit_name), as_version=4)
    except (GraderError, OSError, ValueError, ValidationError):
        return None


@dataclass
class _Grading:
    """The state of one run: what is done, and what is on its way into the gradebook."""

    unit: Unit
    suite: Suite
    files: Mapping[str, Path]
    odd: Mapping[str, tuple[Incident, ...]]
    """What else learners' folders held."""
    force: bool
    attempts: int
    journal: Journal
    writer: Writer
    stopping: threading.Event
    bar: tqdm
    keys: dict[str, str] = field(default_factory=dict)
    """Of submissions that are being examined."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    unchanged: dict[str, Outcome] = field(default_factory=dict)
    since_checkpoint: int = 0

    def settle(self) -> None:
        """Take what an earlier run examined and could not record any more."""
        for entry in self.journal.entries():
            file = self.files.get(entry.student)
            if file is None or (self.force and not entry.forced):
                continue
            submission = self._read(entry.student, file)
            if entry.key == examination_key(submission.content, self.unit, self.suite):
                self._record(submission, entry.report, entry.key)
        self.checkpoint()

    def to_examine(self) -> Iterator[Submission]:
        """Read submissions as their turn comes, and pass over those whose grades stand."""
        recorded = {} if self.force else self.writer.recorded()
        earlier = self.writer.outcomes() if recorded else {}
        for student, file in self.files.items():
            if self.stopping.is_set():
                return
            if student in self.outcomes:
                continue
            submission = self._read(student, file)
            key = examination_key(submission.content, self.unit, self.suite)
            if recorded.get(student) == key:
                self.unchanged[student] = earlier[student]
                for incident in self.odd.get(student, ()):
                    if incident not in earlier[student].incidents:  # came behind the report
                        log.warning("%s: %s", student, incident.words)
                # A receipt may have been imported since, or the due date moved.
                self.writer.retime(student, submission.timestamp)
                self.bar.update()
                continue
            if not self.writer.may_grade(student, digest_of(submission.content), self.attempts):
                self._hold(submission, key)
                continue
            self.keys[student] = key
            yield submission

    def take(self, submission: Submission, report: Report) -> None:
        """Make a report safe: on the disk at once, in the gradebook before long."""
        key = self.keys.pop(submission.student)
        if any(one.concern == "fault" for one in report.incidents):
            key = not_standing(key)
        self.journal.add(Entry(submission.student, key, self.force, report))
        self._record(submission, report, key)
        self.since_checkpoint += 1
        if self.since_checkpoint >= CHECKPOINT:
            self.checkpoint()

    def checkpoint(self) -> None:
        """See that the gradebook holds all reports, and begin the journal anew."""
        self.writer.flush()
        self.journal.clear()
        self.since_checkpoint = 0

    def result(self) -> GradedClass:
        """Say what this run came to."""
        done = {*self.outcomes, *self.unchanged}
        return GradedClass(
            unit=self.unit.name,
            outcomes=dict(sorted(self.outcomes.items())),
            unchanged=self.unchanged,
            left=tuple(student for student in self.files if student not in done),
            troubles=() if self.journal.trouble is None else (self.journal.trouble,),
        )

    def _read(self, student: str, file: Path) -> Submission:
        """Read a submission, and find out when it was handed in, whatever it claims itself."""
        submission = read_submission(student, file)
        receipt = self.writer.receipt(student, digest_of(submission.content), file)
        odd = (*self.odd.get(student, ()), *receipt.against(submission.timestamp))
        return replace(
            submission, timestamp=receipt.received, incidents=(*odd, *submission.incidents)
        )

    def _hold(self, submission: Submission, key: str) -> None:
        report = for_a_person(submission.content, self.unit, TOO_MANY_ATTEMPTS)
        self.writer.hold(submission.student, report, key, submission.timestamp)
        self.outcomes[submission.student] = report.outcome
        self.bar.update()

    def _record(self, submission: Submission, report: Report, key: str) -> None:
        self.writer.write(submission.student, report, key, submission.timestamp)
        self.outcomes[submission.student] = report.outcome
        self.bar.update()


def _chosen(
    files: dict[str, Path], unit_name: str, students: Collection[str] | None
) -> dict[str, Path]:
    if students is None:
        return files
    absent = sorted(set(students) - set(files))
    if absent:
        raise GraderError(f"No submission of {unit_name} by {', '.join(absent)}.")
    return {student: file for student, file in files.items() if student in students}


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Let Ctrl-C ask for an end: what is at work is finished, and a second one ends at once."""
    stopping = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if stopping.is_set():
            # As a kill would: the journal holds what is done.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)
        stopping.set()
        print(
            "\nStopping: the submissions at work are finished first. Ctrl-C again stops at once; "
            "nothing that is done gets lost.",
            file=sys.stderr,
        )

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _told_in_one_sentence(url: str) -> Iterator[None]:
    """Turn a database's error into one that says what to do; what is recorded stays."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise GraderError(
            f"{place_of(url)} can't be used ({reason}); mend that and grade again: what was "
            "recorded so far is kept."
        ) from error


def write_feedback(course: Course, unit_name: str) -> None:
    """Write each learner's feedback page by nbgrader's own feedback step.

    Raises:
        GraderError: nbgrader refused (it said why in the log), or its settings can't be used.
    """
    config = course.configured()
    directory = CourseDirectory(config=config, assignment_id=unit_name)
    converter = GenerateFeedback(coursedir=directory, config=config, force=True)
    converter.log.setLevel(logging.ERROR)
    try:
        converter.start()
    except (NbGraderException, SystemExit) as error:
        raise GraderError(f"nbgrader could not write feedback for {unit_name}: {error}") from error

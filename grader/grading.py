"""Grade a class: the engine's reports into nbgrader's gradebook, and feedback out of it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from nbconvert.exporters.exporter import ResourcesDict
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.converters.generate_feedback import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from grader.course import Course
from grader.engine import copy_receipts, examine_all, find_submissions
from grader.errors import GraderError
from grader.gradebook import load_unit, open_gradebook, record, write_autograded
from grader.reference import load_suite
from grader.report import Report
from grader.sandbox import require_walls


def grade_unit(
    course: Course,
    unit_name: str,
    *,
    students: Collection[str] | None = None,
    workers: int = 2,
    progress: bool = True,
) -> dict[str, Report]:
    """Examine the class's submissions of a unit and record them, each as soon as it is done.

    Args:
        course: Where everything is.
        unit_name: The unit.
        students: Only these learners; by default all who handed in.
        workers: Submissions at a time.
        progress: Whether to show a progress bar.

    Returns:
        Reports by learner, in the learners' order.

    Raises:
        GraderError: the unit isn't released, nothing was handed in, the hidden suite is missing,
            or the walls can't be built.
    """
    workspace = course.workspace
    require_walls(private=[workspace.root])
    suite = load_suite(workspace.suite)
    reports: dict[str, Report] = {}
    with (
        _told_in_one_sentence(workspace.gradebook_url),
        open_gradebook(workspace.gradebook_url) as gradebook,
    ):
        unit = load_unit(gradebook, unit_name)
        submissions = find_submissions(workspace.submitted, unit_name)
        if students is not None:
            absent = sorted(set(students) - {one.student for one in submissions})
            if absent:
                raise GraderError(f"No submission of {unit_name} by {', '.join(absent)}.")
            submissions = [one for one in submissions if one.student in students]
        done = examine_all(submissions, unit, suite, workers=workers)
        for submission, report in tqdm(
            done, total=len(submissions), desc=unit_name, unit="submission", disable=not progress
        ):
            student = submission.student
            record(gradebook, report, student, submission.timestamp)
            _late_penalty(course, gradebook, report, student)
            written = write_autograded(report, workspace.autograded, student)
            copy_receipts(workspace.submitted / student / unit_name, written.parent)
            reports[student] = report
    return dict(sorted(reports.items()))


@contextmanager
def _told_in_one_sentence(url: str) -> Iterator[None]:
    """Turn a database's error into one that says what to do; what is recorded stays."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise GraderError(
            f"The gradebook {make_url(url).render_as_string()} can't be used ({reason}); mend that "
            "and grade again: what was recorded so far is kept."
        ) from error


def _late_penalty(course: Course, gradebook: Gradebook, report: Report, student: str) -> None:
    """Let nbgrader's own rule take late points off, as its autograde does."""
    names = {
        "notebook": report.unit,
        "assignment": report.unit,
        "student": student,
        "db_url": course.workspace.gradebook_url,
    }
    gradebook.db.commit()
    step = AssignLatePenalties(config=course.nbgrader_config())
    step.preprocess(report.notebook, ResourcesDict(nbgrader=names))


def write_feedback(course: Course, unit_name: str) -> None:
    """Write each learner's feedback page by nbgrader's own feedback step.

    Raises:
        GraderError: nbgrader refused (it said why in the log).
    """
    config = course.nbgrader_config()
    directory = CourseDirectory(config=config, assignment_id=unit_name)
    converter = GenerateFeedback(coursedir=directory, config=config, force=True)
    converter.log.setLevel(logging.ERROR)
    try:
        converter.start()
    except (NbGraderException, SystemExit) as error:
        raise GraderError(f"nbgrader could not write feedback for {unit_name}: {error}") from error

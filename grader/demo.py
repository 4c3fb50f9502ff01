"""The main job on real input: from a throw-away secret to a graded class with feedback."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.course import Course
from grader.errors import GraderError
from grader.grading import GradedClass, grade_unit, write_feedback
from grader.reference import check_suite, train_suite
from grader.reference.kinds import Kind
from grader.reference.plans import plan_for
from grader.release import release_unit, source_unit
from grader.sample_class import sample_class
from grader.sandbox import require_walls
from grader.secret import load_secret, new_secret
from grader.tables import grades_table
from grader.workspace import Workspace

Say = Callable[[str], None]

SHOWN_UNITS = ("01_data", "03_attention")
"""What the demo grades unless told otherwise: the whole course would take the better part of an
hour."""
SHOWN_ROLES = ("reference", "decoy")
"""The hidden models that those units ask about; long-context ones take minutes to train."""


def run_demo(
    root: Path,
    folder: Path,
    *,
    workers: int,
    units: Sequence[str] | None = None,
    say: Say = print,
) -> None:
    """Grade a sample class from nothing, in a folder of its own, and check what came out.

    Args:
        root: The checkout.
        folder: Where the demo's course and workspace go; an earlier demo there is replaced.
        workers: Submissions at a time.
        units: Which units the class hands in; by default two, and only the hidden models that
            these are asked about are trained.
        say: Where progress is told.

    Raises:
        GraderError: a wall, a model or a grade isn't what it must be.
    """
    started = time.monotonic()
    course = Course(root, folder / "course", Workspace(folder))
    tasks = sorted({source_unit(course, unit).task for unit in units or SHOWN_UNITS})
    _make_room(folder)
    workspace = course.workspace
    plans: dict[str, Sequence[Kind]] = {task: plan_for(task) for task in tasks}
    if units is None:
        units = SHOWN_UNITS
        plans = {
            task: [kind for kind in plan if kind.role in SHOWN_ROLES]
            for task, plan in plans.items()
        }

    say("1/5  Walls: starting one sandbox to see that they stand ...")
    require_walls()
    say("2/5  A throw-away secret, and hidden models trained from it (about a minute) ...")
    new_secret(workspace.secret)
    for task, plan in plans.items():
        suite = workspace.suite_for(task)
        train_suite(suite, load_secret(workspace.secret), task, plan=plan)
        for outcome in check_suite(suite, plan=plan):
            say(f"       {outcome}")
    say("3/5  Releasing the units and collecting a sample class ...")
    for unit in units:
        released = release_unit(course, unit)
        for student, content in sample_class(course, unit, released).items():
            path = workspace.submitted / student / unit / f"{unit}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_bytes(content)
    say("4/5  Running each notebook behind walls and asking the hidden questions ...")
    graded = {unit: grade_unit(course, unit, workers=workers) for unit in units}
    say("5/5  Writing feedback from the gradebook ...")
    for unit in units:
        write_feedback(course, unit)
    for unit, reports in graded.items():
        say(f"\n{unit}: points per question\n\n{grades_table(reports)}")
    for reports in graded.values():
        check_grades(reports)
    _say_where(course, units[-1], say)
    say(f"Done in {time.monotonic() - started:.0f} s.")


def _make_room(folder: Path) -> None:
    """Start an empty demo folder; only an earlier demo is ever removed."""
    mark = folder / ".glasslab-demo"
    if folder.exists():
        if not mark.is_file():
            raise GraderError(f"{folder} exists and isn't an earlier demo; name another --folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, mode=0o700)
    mark.touch()


def check_grades(reports: GradedClass) -> None:
    """See that everyone got what they deserve.

    Raises:
        GraderError: someone didn't.
    """
    most = sum(
        verdict.max_points
        for verdict in reports["ada-solves-all"].verdicts
        if verdict.points is not None
    )
    for student in ("ada-solves-all", "ben-differently", "fay-in-colab", "gus-crashes"):
        if reports[student].points != most:
            raise GraderError(
                f"{student} got {reports[student].points:g} of {most:g} points, though every "
                "answer is right; see the feedback."
            )
    for student in ("cleo-hard-codes", "dan-untouched", "mal-attacks"):
        if reports[student].points != 0:
            raise GraderError(
                f"{student} got {reports[student].points:g} points for nothing; see the feedback."
            )
    if not 0 < reports["eve-half-done"].points < most:
        raise GraderError("eve-half-done should have got part of the points.")


def _say_where(course: Course, unit: str, say: Say) -> None:
    workspace = course.workspace
    page = workspace.feedback / "ben-differently" / unit / f"{unit}.html"
    say("\nOpen:")
    say(f"  a learner's feedback   {_short(page)}")
    say(f"  the released notebooks {_short(course.release)}")
    say(f"  the gradebook          {_short(workspace.root / 'gradebook.db')}")
    say(f"  nbgrader's formgrader  GLASSLAB_CLASSROOM={_short(workspace.root)} make formgrader")


def _short(path: Path) -> str:
    return os.path.relpath(path)

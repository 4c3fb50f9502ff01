"""What stands inside nbgrader's own commands: our release steps and our engine."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor, SaveCells

from grader.arrivals import copy_receipts, sweep_learner, sweep_timestamp
from grader.course import Course
from grader.engine import Submission, examine_all, read_submission
from grader.examiner import for_a_person
from grader.gradebook import (
    TOO_MANY_ATTEMPTS,
    UNIT_CELL,
    Writer,
    load_unit,
    open_gradebook,
)
from grader.journal import examination_key
from grader.reference import suite_for
from grader.reference.store import MANIFEST_FILE
from grader.resubmissions import graded_at_most
from grader.submission import digest_of
from grader.suite import Suite
from grader.unit import Unit, nbgrader_metadata
from grader.workspace import Workspace

log = logging.getLogger(__name__)

Resources = dict[str, Any]


class SaveUnit(SaveCells):
    """Save a unit's cells as nbgrader does, and beside them the unit as a whole, in order."""

    def _create_notebook(self, nb: NotebookNode) -> None:
        unit = Unit.from_notebook(self.notebook_id, nb)
        self.new_source_cells[UNIT_CELL] = {
            "cell_type": "markdown",
            "locked": True,
            "source": unit.to_json(),
            "checksum": None,
        }
        super()._create_notebook(nb)


class TidyRelease(NbGraderPreprocessor):
    """Leave nothing of the instructor's session in a release, and name cells by their grade_id.

    The ids let answers be found again if a tool that saved the notebook dropped its metadata.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Tidy a whole notebook."""
        nb.metadata = NotebookNode(
            kernelspec=NotebookNode(display_name="Python 3", language="python", name="python3"),
            language_info=NotebookNode(name="python"),
        )
        for cell in nb.cells:
            named = nbgrader_metadata(cell.metadata)
            if named:
                cell.id = named["grade_id"]
            cell.metadata = NotebookNode({"nbgrader": named} if named else {})
            if named and named.get("locked"):
                cell.metadata.update(editable=False, deletable=False)
            elif named:
                cell.metadata.update(deletable=False)
        return nb, resources


class SubmissionExporter(NotebookExporter):
    """Hand a submitted file to the engine as bytes: nbformat never sees what a learner wrote."""

    def from_filename(
        self, filename: str, resources: Resources | None = None, **kwargs: Any
    ) -> tuple[str, Resources]:
        """Read a submission, or the notebook that the engine made of it."""
        resources = resources or {}
        student = resources["nbgrader"]["student"]
        path = Path(filename)
        if any(isinstance(step, Examine) for step in self._preprocessors):
            resources["glasslab_submission"] = read_submission(student, path)
            resources["glasslab_file"] = path
            notebook = nbformat.v4.new_notebook()
        else:
            notebook = nbformat.read(path, as_version=4)
        return self.from_notebook_node(notebook, resources, **kwargs)


class Examine(NbGraderPreprocessor):
    """Examine the submission behind walls and write its report into the gradebook."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the rebuilt notebook with frozen outputs and verdicts."""
        submission: Submission = resources["glasslab_submission"]
        names = resources["nbgrader"]
        with open_gradebook(names["db_url"]) as gradebook:
            unit = load_unit(gradebook, names["assignment"])
        suite = _load_suite(Workspace.default(), unit.task)
        student, digest = submission.student, digest_of(submission.content)
        key = examination_key(submission.content, unit, suite)
        with Writer(Course.default(), unit, url=names["db_url"]) as writer:
            receipt = writer.receipt(student, digest, resources["glasslab_file"])
            claims = receipt.against(submission.timestamp)
            submission = replace(submission, incidents=(*submission.incidents, *claims))
            if writer.may_grade(student, digest, graded_at_most(self.config)):
                # One notebook at a time: a warm kernel to fork from would cost more than it saves.
                one = examine_all([submission], unit, suite, workers=1, isolation="cold")
                [(_, report)] = one
                writer.write(student, report, key, receipt.received)
            else:
                report = for_a_person(submission.content, unit, TOO_MANY_ATTEMPTS)
                writer.hold(student, report, key, receipt.received)
        for incident in report.incidents:
            self.log.warning("%s: %s (%s)", student, incident.words, incident.grade_id or "file")
        return report.notebook, resources


def sweep_submission(assignment: str, student: str, notebooks: list[str]) -> None:
    """Move away what isn't a notebook or the exchange's, before nbgrader copies it and its targets.

    nbgrader calls this before each submission, and copies every file beside the notebook: through
    a link it would copy the secret seed, or a device without end.
    """
    workspace = Workspace.default()
    for folder in {Path(notebook).parent for notebook in notebooks}:
        learner, unit = folder.parent.name, folder.name
        found = (
            *sweep_learner(workspace, learner, unit),
            *sweep_timestamp(workspace, learner, unit),
        )
        for incident in found:
            log.warning("%s: %s", learner, incident.words)


def keep_only_notebooks(assignment: str, student: str, notebooks: list[str]) -> None:
    """Remove what nbgrader copied along with a submission, but for the exchange's own two files.

    nbgrader calls this after each submission with the paths of its submitted notebooks; what stays
    in the autograded folder would be handed out with the feedback.
    """
    autograded = Workspace.default().autograded
    for notebook in map(Path, notebooks):
        folder = autograded / notebook.parent.parent.name / notebook.parent.name
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name not in {Path(name).name for name in notebooks}:
                path.unlink(missing_ok=True)
        copy_receipts(notebook.parent, folder)


def _load_suite(workspace: Workspace, task: str) -> Suite:
    manifest = workspace.suite_for(task) / MANIFEST_FILE
    # A formgrader lives long: a suite that was trained again is loaded again.
    return _suite(workspace, task, manifest.stat().st_mtime_ns if manifest.exists() else 0)


@lru_cache(maxsize=4)
def _suite(workspace: Workspace, task: str, changed: int) -> Suite:
    return suite_for(workspace, task)

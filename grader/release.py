"""From ``solutions/`` to ``course/``: release a unit through nbgrader, and record it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbgrader.api import MissingEntry
from nbgrader.converters.base import NbGraderException
from nbgrader.converters.generate_assignment import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearMarkScheme, ClearSolutions

from grader.colab import published_path, put_in_colab, remembered, version_of
from grader.course import Course
from grader.editions import self_study
from grader.errors import GraderError
from grader.gradebook import UNIT_CELL, open_gradebook
from grader.probes import PROBES, TASK_OF
from grader.unit import Unit


def source_unit(course: Course, name: str) -> Unit:
    """Read a unit from its source notebook, with solutions cleared as in a release.

    Raises:
        GraderError: there is no such unit, or a graded cell has no check, hidden test or probe
            of the unit's task.
    """
    path = course.source_of(name)
    try:
        notebook = nbformat.read(path, as_version=4)
    except (ValueError, nbformat.ValidationError) as error:
        raise GraderError(f"{path} is not a notebook: {error}") from error
    config = course.nbgrader_config()
    for step in (ClearSolutions, ClearMarkScheme):
        try:
            notebook, _ = step(config=config).preprocess(notebook, ResourcesDict())
        except RuntimeError as error:
            raise GraderError(f"{path}: {error}") from error
    unit = Unit.from_notebook(name, notebook)
    for cell in unit.auto_graded:
        if cell.check not in PROBES:
            raise GraderError(
                f"{path}: cell {cell.grade_id!r} names the probe {cell.check!r}, which is in no "
                "file of grader/probes."
            )
        if TASK_OF[cell.check] != unit.task:
            raise GraderError(
                f"{path}: cell {cell.grade_id!r} names the probe {cell.check!r}, which asks about "
                f"{TASK_OF[cell.check]!r} models, in a unit about {unit.task!r}; a unit says its "
                "task in its notebook's metadata, as glasslab.task."
            )
    return unit


def release_unit(course: Course, name: str) -> Path:
    """Write the learners' notebook of a unit and record its cells in the gradebook.

    A release that fails leaves the earlier one in its place.

    Returns:
        The released notebook.

    Raises:
        GraderError: the source is unfit, cells came or went though submissions are in, or nbgrader
            refused (it said why in the log).
    """
    unit = source_unit(course, name)
    course.workspace.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    _refuse_other_cells(course, unit)
    released = course.release / name / f"{name}.ipynb"
    released.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=course.release) as folder:
        config = replace(course, release=Path(folder)).nbgrader_config()
        directory = CourseDirectory(config=config, assignment_id=name)
        converter = GenerateAssignment(coursedir=directory, config=config)
        converter.log.setLevel(logging.WARNING)
        try:
            converter.start()
        except (NbGraderException, SystemExit) as error:
            raise GraderError(f"nbgrader could not release {name}: {error}") from error
        (Path(folder) / name / released.name).replace(released)
    return released


def release_self_study(course: Course, name: str, folder: Path) -> Path:
    """Write the self-study edition of a unit: ``folder/UNIT/UNIT.ipynb``; nothing is recorded.

    It has a badge for Colab if the course is said to be on GitHub, and git keeps that folder.

    Returns:
        The notebook.

    Raises:
        GraderError: there is no such unit, or its source is unfit.
    """
    source_unit(course, name)
    source = nbformat.read(course.source_of(name), as_version=4)
    path = folder / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = self_study(source, course.nbgrader_config())
    published = published_path(course.root, path)
    put_in_colab(notebook, remembered(course.root), published, version_of(course.root))
    nbformat.write(notebook, path)
    return path


def _refuse_other_cells(course: Course, unit: Unit) -> None:
    """Refuse to add or remove cells of a unit that learners have handed in."""
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        try:
            notebook = gradebook.find_notebook(unit.name, unit.name)
        except MissingEntry:
            return
        before = {cell.name for cell in notebook.source_cells} - {UNIT_CELL}
        if notebook.submissions and before != {cell.grade_id for cell in unit.cells}:
            raise GraderError(
                f"{unit.name} has submissions, so its cells can't be added, removed or renamed; "
                "changed text is fine. Use another gradebook for a changed unit."
            )

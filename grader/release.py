"""From ``solutions/`` to ``course/``: release a unit through nbgrader, and record it."""

from __future__ import annotations

import logging
from pathlib import Path

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbgrader.converters.base import NbGraderException
from nbgrader.converters.generate_assignment import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearMarkScheme, ClearSolutions

from grader.course import Course
from grader.errors import GraderError
from grader.probes import PROBES
from grader.unit import Unit


def source_unit(course: Course, name: str) -> Unit:
    """Read a unit from its source notebook, with solutions cleared as in a release.

    Raises:
        GraderError: there is no such unit, or a graded cell has no check, hidden test or probe.
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
    return unit


def release_unit(course: Course, name: str) -> Path:
    """Write the learners' notebook of a unit and record its cells in the gradebook.

    Returns:
        The released notebook.

    Raises:
        GraderError: the source is unfit, or nbgrader refused (it said why in the log).
    """
    source_unit(course, name)
    config = course.nbgrader_config()
    directory = CourseDirectory(config=config, assignment_id=name)
    course.workspace.root.mkdir(parents=True, exist_ok=True)
    converter = GenerateAssignment(coursedir=directory, config=config, force=True)
    converter.log.setLevel(logging.WARNING)
    released = course.release / name / f"{name}.ipynb"
    try:
        converter.start()
    except (NbGraderException, SystemExit) as error:
        raise GraderError(f"nbgrader could not release {name}: {error}") from error
    return released

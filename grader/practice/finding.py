"""Finds the notebook that a learner means by a path or a unit's name."""

from __future__ import annotations

from pathlib import Path

from glasslab.submitting.errors import SubmitError
from glasslab.submitting.finding import Found, find
from glasslab.submitting.review import UNIT_NAME
from grader.errors import GraderError

EDITIONS = ("course", "self-study")
"""Folders of a checkout that may hold a learner's copy of a unit."""


def find_notebook(asked: str) -> Found:
    """Find a notebook by its path, its folder, or its unit's name.

    Of a unit that lies here in both editions it is the one that was saved last.

    Raises:
        GraderError: there is none, or it can't be read.
    """
    try:
        if UNIT_NAME.fullmatch(asked) and not Path(asked).exists():
            copies = [Path(edition, asked, f"{asked}.ipynb") for edition in EDITIONS]
            there = [path for path in copies if path.is_file()]
            if there:
                return find(max(there, key=lambda path: path.stat().st_mtime))
        return find(asked)
    except SubmitError as error:
        raise GraderError(str(error).replace("glasslab submit", "glasslab practice")) from error

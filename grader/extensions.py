"""More time for one learner: nbgrader's own extension, with its errors told in a sentence."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from nbgrader.api import MissingEntry

from grader.errors import GraderError
from grader.gradebook import open_gradebook, place_of

MOST_DAYS = 3650


def extend(url: str, unit: str, student: str, *, days: float) -> datetime:
    """Let a learner hand a unit in later than the others.

    Args:
        url: The gradebook.
        unit: The unit.
        student: The learner, of whom something was graded already.
        days: Days after the due date; they take the place of an earlier extension, 0 removes it.

    Returns:
        Until when, UTC.

    Raises:
        GraderError: the unit has no due date, the learner has nothing in the gradebook yet, the
            days can't be, or the gradebook can't be opened.
    """
    if not (math.isfinite(days) and 0 <= days <= MOST_DAYS):
        raise GraderError(f"An extension has from 0 to {MOST_DAYS} days, not {days:g}.")
    with open_gradebook(url) as gradebook:
        try:
            # nbgrader declares its columns in a way that type checkers take for columns.
            assignment: Any = gradebook.find_assignment(unit)
            if assignment.duedate is None:
                raise GraderError(
                    f"{unit} has no due date to begin from; set one with "
                    f"'nbgrader db assignment add {unit} --duedate \"2026-12-01 23:59 UTC\"'."
                )
            book: Any = gradebook  # its own defaults are whole days, and taken for a type
            book.grant_extension(unit, student, days=days)
            submission: Any = gradebook.find_submission(unit, student)
            return submission.duedate
        except MissingEntry as error:
            raise GraderError(
                f"{place_of(url)} has no work of {student!r} for {unit!r}: extend after it was "
                f"first graded, and run 'grader grade {unit}' again."
            ) from error

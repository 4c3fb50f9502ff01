"""Points off for late work: nbgrader's own rule, asked inside the transaction of the grades."""

from __future__ import annotations

from typing import Any

from nbgrader.api import SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties

from grader.course import Course


class LateRule:
    """The class that ``AssignLatePenalties.plugin_class`` names, as nbgrader's autograde asks it.

    What an instructor sets in the course's ``nbgrader_config.py`` counts, for instance
    ``c.LateSubmissionPlugin.penalty_method = "zero"``.
    """

    def __init__(self, course: Course) -> None:
        self._step = AssignLatePenalties(config=course.configured())
        self._step.init_plugin()

    def penalty(self, notebook: SubmittedNotebook) -> float | None:
        """Return what is taken off a submitted notebook's score; None if it came in time.

        The notebook's grades must have been flushed to its session.
        """
        submitted: Any = notebook.assignment
        # nbgrader's own property fails on an extension of an assignment without a due date.
        if submitted.assignment.duedate is None or not submitted.total_seconds_late > 0:
            return None
        score: Any = notebook.score
        plugin: Any = self._step.plugin_inst
        penalty = plugin.late_submission_penalty(
            submitted.student_id, score, submitted.total_seconds_late
        )
        return None if penalty is None else max(0.0, min(float(penalty), score))

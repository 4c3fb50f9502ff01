"""How many submissions of a unit are graded for one learner: a setting of the class.

Each graded submission tells at least one bit a question about the hidden models, and these add up.
"""

from __future__ import annotations

from traitlets import Integer, TraitError
from traitlets.config import Config, Configurable

from grader.errors import GraderError


class Resubmissions(Configurable):
    """What an instructor sets in ``nbgrader_config.py``: ``c.Resubmissions.graded = 10``.

    Grading, nbgrader's own ``autograde`` and the feedback page all read it from there.
    """

    graded = Integer(
        10, min=1, help="Submissions of a unit graded for one learner; a person decides on more."
    ).tag(config=True)


def graded_at_most(config: Config) -> int:
    """Return how many submissions of a unit are graded for one learner.

    Raises:
        GraderError: what was set isn't a number of at least 1.
    """
    try:
        return Resubmissions(config=config).graded
    except TraitError as error:
        raise GraderError(f"c.Resubmissions.graded in nbgrader_config.py: {error}") from error

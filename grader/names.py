"""Names of what comes in: which can be a learner's, and those of the exchange's own files."""

from __future__ import annotations

TIMESTAMP_FILE = "timestamp.txt"
EXCHANGE_FILES = (TIMESTAMP_FILE, "submission_secret.txt")
"""What nbgrader's exchange writes beside a submission, and needs to hand feedback back."""
MAX_NAME = 128


def is_fit_name(name: str) -> bool:
    """Return whether a name can be a learner's: printable, and no longer than nbgrader keeps.

    nbgrader doesn't see hidden folders when it writes feedback.
    """
    return (
        0 < len(name) <= MAX_NAME
        and name.isprintable()
        and "/" not in name
        and not name.startswith(".")
    )

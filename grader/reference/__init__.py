"""The hidden suite: trained from the secret seed, measured, checked, stored."""

from grader.reference.loading import (
    assess_suite,
    check_suite,
    load_suite,
    require_sound,
    suite_for,
)
from grader.reference.training import train_suite

__all__ = ["assess_suite", "check_suite", "load_suite", "require_sound", "suite_for", "train_suite"]

"""The hidden suite: trained from the secret seed, measured, checked, stored."""

from grader.reference.loading import assess_suite, check_suite, load_suite, require_sound
from grader.reference.training import train_suite

__all__ = ["assess_suite", "check_suite", "load_suite", "require_sound", "train_suite"]

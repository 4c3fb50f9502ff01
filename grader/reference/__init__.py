"""The hidden suite: trained from the secret seed, measured, checked, stored."""

from grader.reference.loading import check_suite, load_suite, require_sound
from grader.reference.training import train_suite

__all__ = ["check_suite", "load_suite", "require_sound", "train_suite"]

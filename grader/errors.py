"""Errors that an instructor can act on: each is one clear sentence."""


class GraderError(Exception):
    """Something the instructor must mend; the message says what, where, and what to do."""

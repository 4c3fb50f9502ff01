"""What keeps a notebook from being handed in, in one sentence that says what to do."""


class SubmitError(Exception):
    """The notebook wasn't handed in; the message says what, where, and what to do."""

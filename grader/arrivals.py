"""What came in: files read without following links, and whatever doesn't belong moved away."""

from __future__ import annotations

import os
import stat
from pathlib import Path

TIMESTAMP_FILE = "timestamp.txt"
EXCHANGE_FILES = (TIMESTAMP_FILE, "submission_secret.txt")
"""What nbgrader's exchange writes beside a submission, and needs to hand feedback back."""
MAX_RECEIPT_BYTES = 200


def read_regular(path: Path, most: int) -> bytes | None:
    """Read a regular file, one byte more than is allowed at most; None if it isn't one."""
    try:
        # Not blocking: a named pipe would otherwise wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(most + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def copy_receipts(submitted: Path, autograded: Path) -> None:
    """Copy the two small files that nbgrader's exchange needs to hand feedback back."""
    for name in EXCHANGE_FILES:
        content = read_regular(submitted / name, MAX_RECEIPT_BYTES)
        if content is not None:
            (autograded / name).unlink(missing_ok=True)
            (autograded / name).write_bytes(content[:MAX_RECEIPT_BYTES])

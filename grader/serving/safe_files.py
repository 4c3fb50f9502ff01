"""Files that are either whole or not there, even if the machine stops in between."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that at any moment its old content or its new one is there, whole.

    Links at its place are replaced, not followed; missing folders are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f".{secrets.token_hex(8)}.partial"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    # The name, too, is on the disk only when its folder is; so are those of folders just made.
    for folder in list(path.parents)[:3]:
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

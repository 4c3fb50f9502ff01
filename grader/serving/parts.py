"""Bundles on their way: the bytes that came so far, one file an upload, appended in order."""

from __future__ import annotations

import fcntl
import os
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NAME = re.compile(r"[0-9a-f]{32}")


class WrongOffset(Exception):
    """A piece that doesn't follow what is there; ``offset`` says where the next one begins."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the next piece begins at {offset}")
        self.offset = offset


@dataclass(frozen=True)
class Parts:
    """The folder of these files; their names are the service's own."""

    folder: Path

    def begin(self, name: str) -> None:
        """Make an upload's file, empty, unless it is there."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self._file(name), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))

    def offset(self, name: str) -> int | None:
        """Return how many bytes are there; None if there is no such file."""
        try:
            return self._file(name).lstat().st_size
        except FileNotFoundError:
            return None

    def append(self, name: str, offset: int, piece: bytes) -> int:
        """Append a piece where its sender says that it begins, and return where the next begins.

        Two connections of one sender, of which one may be lost without either side knowing, can
        thus never mix: whoever comes second hears that its offset is wrong.

        Raises:
            WrongOffset: something else is there, or the upload is gone.
        """
        try:
            descriptor = os.open(self._file(name), os.O_WRONLY | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise WrongOffset(0) from error
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            there = os.fstat(descriptor).st_size
            if there != offset:
                raise WrongOffset(there)
            rest = memoryview(piece)
            try:
                while rest:
                    written = os.pwrite(descriptor, rest, offset)
                    offset, rest = offset + written, rest[written:]
            except OSError:
                os.ftruncate(descriptor, there)
                raise
        return offset

    def settle(self, name: str) -> None:
        """See that what came so far outlives a loss of power."""
        with self._file(name).open("rb") as file:
            os.fsync(file.fileno())

    def read(self, name: str) -> tuple[bytes, datetime] | None:
        """Return an upload's bytes, and when the last of them came, in UTC without a zone.

        By the file's own time, so that it is the same after a crash; no request can set it.
        """
        try:
            with self._file(name).open("rb") as file:
                changed = os.fstat(file.fileno()).st_mtime
                return file.read(), datetime.fromtimestamp(changed, UTC).replace(tzinfo=None)
        except FileNotFoundError:
            return None

    def names(self) -> set[str]:
        """Return the names of all uploads that have a file."""
        return {path.stem for path in self.folder.glob("*.part") if NAME.fullmatch(path.stem)}

    def forget(self, name: str) -> None:
        """Remove an upload's file."""
        self._file(name).unlink(missing_ok=True)

    def silent_for(self, name: str) -> float:
        """Return for how many seconds nothing came; for ever, if there is no such file."""
        try:
            return time.time() - self._file(name).lstat().st_mtime
        except FileNotFoundError:
            return float("inf")

    def _file(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError("not a name that the service gave")
        return self.folder / f"{name}.part"

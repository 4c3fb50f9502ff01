"""Counts the frames in a stream of ZeroMQ's wire protocol, without holding any of them.

Two bytes make an empty frame, for which its reader keeps some two hundred: whoever counts bytes
alone lets a hostile sender fill a gigabyte with ten megabytes.

Source: ZMTP 3.1, https://rfc.zeromq.org/spec/37/
"""

from __future__ import annotations

GREETING = 64
SIGNATURE_END = 9
REVISION = 10
LONG = 0x02
SHORT_HEADER, LONG_HEADER = 2, 9


class ProtocolError(Exception):
    """The stream is not ZMTP 3."""


class FrameCounter:
    """Follows one direction of one connection."""

    def __init__(self) -> None:
        """Begin before the greeting."""
        self._greeting = b""
        self._header = b""
        self._to_skip = 0

    def count(self, data: bytes) -> int:
        """Take in the next bytes, and return how many frames begin in them.

        Raises:
            ProtocolError: the greeting is of another protocol or an older one.
        """
        at = self._greet(data)
        frames = 0
        while at < len(data):
            if self._to_skip:
                step = min(self._to_skip, len(data) - at)
                self._to_skip -= step
                at += step
                continue
            flags = self._header[0] if self._header else data[at]
            wanted = LONG_HEADER if flags & LONG else SHORT_HEADER
            part = data[at : at + wanted - len(self._header)]
            self._header += part
            at += len(part)
            if len(self._header) == wanted:
                self._to_skip = int.from_bytes(self._header[1:])
                self._header = b""
                frames += 1
        return frames

    def _greet(self, data: bytes) -> int:
        """Take what belongs to the greeting; return where the rest begins."""
        taken = data[: GREETING - len(self._greeting)]
        self._greeting += taken
        heard = self._greeting
        if (
            (heard and heard[0] != 0xFF)
            or (len(heard) > SIGNATURE_END and heard[SIGNATURE_END] != 0x7F)
            or (len(heard) > REVISION and heard[REVISION] < 3)
        ):
            raise ProtocolError("the kernel doesn't speak ZMTP 3")
        return len(taken)

"""Pictures that were drawn before: many notebooks draw the same data, and drawing is slow.

A picture is kept sealed with what it shows. Whoever has the same data finds and opens it; whoever
has not learns nothing from the gallery, so that it may hold pictures of right answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

MOST_PICTURES = 500


class Gallery:
    """Remembers what drawing functions drew, by their names and all that they were given."""

    def __init__(self) -> None:
        """Begin with no pictures."""
        self._sealed: dict[str, bytes] = {}

    @property
    def sealed(self) -> dict[str, bytes]:
        """The sealed pictures, to be hung in another process with `hang`."""
        return dict(self._sealed)

    def hang(self, sealed: Mapping[str, bytes]) -> None:
        """Take in sealed pictures of another process that drew them with the same code."""
        for name, picture in sealed.items():
            self._keep(name, picture)

    def drawn(self, draw: Callable[..., bytes], *args: Any) -> bytes:
        """Return ``draw(*args)``, from the gallery if it hangs there.

        Args:
            draw: A function that always makes the same of the same arguments.
            args: Strings, numbers, arrays, and sequences and dictionaries of them.
        """
        content = f"{draw.__qualname__}{_told(args)}".encode()
        name = hashlib.sha256(b"name" + content).hexdigest()
        if (sealed := self._sealed.get(name)) is not None:
            return _sealed(sealed, content)
        picture = draw(*args)
        self._keep(name, _sealed(picture, content))
        return picture

    def _keep(self, name: str, sealed: bytes) -> None:
        if len(self._sealed) < MOST_PICTURES:
            self._sealed[name] = sealed


def _sealed(picture: bytes, content: bytes) -> bytes:
    """Seal a picture with its content, or open it: as with any one-time pad, both are the same."""
    pad = hashlib.shake_256(b"seal" + content).digest(len(picture))
    return np.bitwise_xor(
        np.frombuffer(picture, dtype=np.uint8), np.frombuffer(pad, dtype=np.uint8)
    ).tobytes()


def _told(value: Any) -> str:
    """Return a text that tells apart all that could look different."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}{hashlib.sha256(value.tobytes()).hexdigest()}"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{_told(name)}:{_told(each)}' for name, each in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_told, value))}]"
    # Whatever else is drawn, titles for instance, is drawn as its text.
    return repr(value if value is None or isinstance(value, (bool, int, float)) else str(value))

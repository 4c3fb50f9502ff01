"""The secret seed: made once, kept private, never printed; every hidden thing derives from it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import GraderError

SECRET_VARIABLE = "GLASSLAB_SECRET"
SECRET_BYTES = 32
READABLE_BY_OTHERS = 0o077


@dataclass(frozen=True)
class Secret:
    """Secret bytes; no repr, str or format of it shows them."""

    _key: bytes = field(repr=False)

    def derive(self, purpose: str) -> int:
        """Return a seed in 0..2⁶³−1 for one purpose: HMAC-SHA256 of it under the secret.

        Seeds of different purposes tell nothing about each other, nor about the secret.
        """
        digest = hmac.new(self._key, purpose.encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:8], "big") >> 1


def new_secret(path: Path) -> Secret:
    """Draw a secret and write it into a new file that only its owner can read.

    Raises:
        GraderError: the file is there already, or can't be written.
    """
    key = secrets.token_bytes(SECRET_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise GraderError(
            f"{path} is there already: a new secret would orphan the suite made from it, "
            "so move it away first if that is what you want."
        ) from None
    except OSError as error:
        raise GraderError(
            f"The secret can't be written to {path}: {error.strerror}; choose another place."
        ) from error
    with os.fdopen(descriptor, "w") as file:
        file.write(key.hex() + "\n")
    return Secret(key)


def load_secret(path: Path | None) -> Secret:
    """Load the secret from a file, or, with None, from the variable ``GLASSLAB_SECRET``.

    Raises:
        GraderError: there is none, others can read the file, or it holds something else.
    """
    if path is None:
        return _parse(os.environ.get(SECRET_VARIABLE, ""), f"the variable {SECRET_VARIABLE}")
    try:
        with path.open(encoding="ascii") as file:
            if os.fstat(file.fileno()).st_mode & READABLE_BY_OTHERS:
                raise GraderError(
                    f"Others can read the secret at {path}: run 'chmod 600 {path}' first."
                )
            text = file.read()
    except FileNotFoundError:
        raise GraderError(
            f"There is no secret at {path}: make one with 'grader secret new'."
        ) from None
    except (OSError, ValueError) as error:
        raise GraderError(f"The secret at {path} can't be read: {type(error).__name__}.") from error
    return _parse(text, str(path))


def find_secret(path: Path) -> Secret:
    """Load the secret from ``GLASSLAB_SECRET`` if that is set, and from a file otherwise.

    Raises:
        GraderError: there is none, others can read the file, or it holds something else.
    """
    return load_secret(None if os.environ.get(SECRET_VARIABLE) else path)


def _parse(text: str, where: str) -> Secret:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != SECRET_BYTES:
        # The text itself must not be quoted: it may be a secret with a typing error.
        raise GraderError(
            f"No secret in {where}: {2 * SECRET_BYTES} hexadecimal digits are expected, "
            "as 'grader secret new' writes them."
        )
    return Secret(key)

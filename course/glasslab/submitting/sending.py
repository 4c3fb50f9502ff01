"""Hands a bundle in to a receiving service over HTTP, and takes up again what was cut short."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glasslab.submitting.asking import Asker, Conflict, Interrupted, words_of
from glasslab.submitting.bundle import Bundle
from glasslab.submitting.errors import SubmitError

CHUNK = 512 * 2**10
UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")


@dataclass(frozen=True)
class Receipt:
    """What the service says it has, by its own clock."""

    unit: str
    learner: str
    sha256: str
    received: str
    late: bool
    attempt: int


@dataclass(frozen=True)
class Sent:
    """How handing in went."""

    receipt: Receipt
    again: bool
    """The service had this very notebook already; nothing was handed in anew."""


class Service(Asker):
    """A receiving service that bundles are handed in to."""

    def hand_in(self, bundle: Bundle) -> Sent:
        """Send a bundle, as far as the service doesn't have it, and return its receipt.

        Raises:
            SubmitError: the service refuses it, or can't be reached for minutes.
        """
        size = len(bundle.content)
        order = {"unit": bundle.unit, "sha256": bundle.sha256, "size": size}
        begun = self.patiently(lambda: self.ask("POST", "uploads", json.dumps(order).encode()))
        upload = begun.get("upload")
        if not isinstance(upload, str) or not UPLOAD_ID.fullmatch(upload):
            raise self.strange()
        offset, answer = self._offset(begun, size), begun
        while "receipt" not in answer:
            if offset < size:
                answer = self._send(upload, bundle.content, offset)
            else:
                answer = self._status(upload)
                if "receipt" not in answer and self._offset(answer, size) == size:
                    raise SubmitError(
                        f"{self.address} has all of it, but gives no receipt; tell your instructor."
                    )
            offset = self._offset(answer, size) if "receipt" not in answer else size
        return Sent(self._receipt(answer["receipt"], bundle), answer.get("again") is True)

    def _send(self, upload: str, content: bytes, offset: int) -> Mapping[str, Any]:
        """Send the next part; return what the service says then."""

        def once() -> Mapping[str, Any]:
            part = content[offset : offset + CHUNK]
            try:
                return self.ask("PATCH", f"uploads/{upload}", part, {"Upload-Offset": str(offset)})
            except (Conflict, Interrupted) as error:
                # Did the part arrive, and only its answer get lost?
                now = self.ask("GET", f"uploads/{upload}")
                if self._offset(now, len(content)) != offset or "receipt" in now:
                    return now
                if isinstance(error, Conflict):
                    raise self.strange() from error
                raise

        return self.patiently(once)

    def _status(self, upload: str) -> Mapping[str, Any]:
        return self.patiently(lambda: self.ask("GET", f"uploads/{upload}"))

    def _offset(self, answer: Mapping[str, Any], size: int) -> int:
        offset = size if answer.get("done") is True else answer.get("offset")
        if not isinstance(offset, int) or not 0 <= offset <= size:
            raise self.strange()
        return offset

    def _receipt(self, given: Any, bundle: Bundle) -> Receipt:
        try:
            receipt = Receipt(
                unit=words_of(given["unit"]),
                learner=words_of(given["learner"]),
                sha256=words_of(given["sha256"]),
                received=words_of(given["received"]),
                late=given["late"] is True,
                attempt=int(given["attempt"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            raise self.strange() from None
        if (receipt.unit, receipt.sha256) != (bundle.unit, bundle.notebook_sha256):
            raise SubmitError(
                f"{self.address} gave a receipt for something else than what was sent; tell your "
                "instructor."
            )
        return receipt

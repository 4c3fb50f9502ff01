"""Hands a bundle in to a receiving service over HTTP, and takes up again what was cut short."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from glasslab import __version__
from glasslab.submitting.bundle import Bundle
from glasslab.submitting.errors import SubmitError

CHUNK = 512 * 2**10
TIMEOUT = 30.0
"""Seconds that a server may stay silent."""
PATIENCE = 180.0
"""Seconds without any progress before it is left for later."""
LONGEST_PAUSE = 15.0
MAX_ANSWER = 2**20
MAX_WORDS = 300

UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
TOKEN = re.compile(r"[\x21-\x7e]{1,500}")
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses after which the same request may succeed."""


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


class Interrupted(Exception):
    """A request got no answer, or one that may pass; the message says why in words."""

    def __init__(self, words: str, wait: float = 0.0) -> None:
        super().__init__(words)
        self.wait = wait


class Conflict(Exception):
    """The service holds another part of the upload than was taken for granted."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: it would take the token along to wherever it leads."""

    def redirect_request(self, *_: Any) -> None:
        """Refuse."""
        return None


class Service:
    """A receiving service, as one learner sees it.

    Args:
        address: Its address.
        token: The learner's token.
        plain: Send the token unencrypted, too, to another machine.
        tell: Called with a sentence when something takes time.

    Raises:
        SubmitError: the address or token can't be one.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        plain: bool = False,
        tell: Callable[[str], None] = print,
    ) -> None:
        self.address = checked_address(address, plain)
        if not TOKEN.fullmatch(token):
            raise SubmitError(
                "A token is one word of letters and digits; copy it again from what your "
                "instructor gave you."
            )
        self._token = token
        self._tell = tell
        self._open = urllib.request.build_opener(_NoRedirects).open

    def hand_in(self, bundle: Bundle) -> Sent:
        """Send a bundle, as far as the service doesn't have it, and return its receipt.

        Raises:
            SubmitError: the service refuses it, or can't be reached for minutes.
        """
        size = len(bundle.content)
        order = {"unit": bundle.unit, "sha256": bundle.sha256, "size": size}
        begun = self._patiently(lambda: self._ask("POST", "uploads", json.dumps(order).encode()))
        upload = begun.get("upload")
        if not isinstance(upload, str) or not UPLOAD_ID.fullmatch(upload):
            raise self._strange()
        offset, again = self._offset(begun, size), begun.get("done") is True
        again = again or offset == size
        answer = begun
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
        return Sent(self._receipt(answer["receipt"], bundle), again)

    def _send(self, upload: str, content: bytes, offset: int) -> Mapping[str, Any]:
        """Send the next part; return what the service says then."""

        def once() -> Mapping[str, Any]:
            part = content[offset : offset + CHUNK]
            try:
                return self._ask("PATCH", f"uploads/{upload}", part, {"Upload-Offset": str(offset)})
            except (Conflict, Interrupted) as error:
                # Did the part arrive, and only its answer get lost?
                now = self._ask("GET", f"uploads/{upload}")
                if self._offset(now, len(content)) != offset or "receipt" in now:
                    return now
                if isinstance(error, Conflict):
                    raise self._strange() from error
                raise

        return self._patiently(once)

    def _status(self, upload: str) -> Mapping[str, Any]:
        return self._patiently(lambda: self._ask("GET", f"uploads/{upload}"))

    def _patiently(self, act: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Do something as often as it takes, with ever longer pauses."""
        pause, waited = 0.5, 0.0
        while True:
            try:
                return act()
            except Interrupted as reason:
                rest = max(pause, reason.wait)
                if waited + rest > PATIENCE:
                    raise SubmitError(
                        f"{self.address}: {reason}. Nothing is lost: the bundle is kept; run the "
                        "same again later, and it goes on where it was."
                    ) from reason
                self._tell(f"{reason}; trying again in {rest:.0f} s ...")
                time.sleep(rest)
                waited, pause = waited + rest, min(2 * pause, LONGEST_PAUSE)

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Mapping[str, Any]:
        """Ask once; return the answer's JSON object.

        Raises:
            Interrupted: it may go through another time.
            Conflict: a part was sent for another place than where the upload is.
            SubmitError: it won't.
        """
        kind = "application/json" if method == "POST" else "application/octet-stream"
        request = urllib.request.Request(
            f"{self.address}/api/v1/{path}",
            data=body,
            method=method,
            headers={
                "Authorization": f"Bearer {self._token}",
                "User-Agent": f"glasslab/{__version__}",
                "Accept": "application/json",
                **({"Content-Type": kind} if body is not None else {}),
                **headers,
            },
        )
        try:
            with self._open(request, timeout=TIMEOUT) as response:
                content = response.read(MAX_ANSWER)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(method, error) from None
        except urllib.error.URLError as error:
            raise self._unreached(error.reason) from None
        except (OSError, http.client.HTTPException) as error:
            raise Interrupted(f"the connection was lost ({_words(error)})") from None
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._strange()
        return answer

    def _unreached(self, reason: object) -> Exception:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return SubmitError(
                f"{self.address} can't prove that it is who it says ({reason.verify_message}). If "
                "your instructor gave you its certificate, put the file's path into the "
                "environment variable SSL_CERT_FILE."
            )
        return Interrupted(f"it can't be reached ({_words(reason)})")

    def _refusal(self, method: str, error: urllib.error.HTTPError) -> Exception:
        """Return what to raise for an answer that isn't 2xx."""
        said = ""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, RecursionError):
            body = json.loads(error.read(MAX_ANSWER))
            said = _words(body["error"]) if isinstance(body, dict) and "error" in body else ""
        if error.code == 409 and method == "PATCH":
            return Conflict()
        if error.code in PASSING:
            wait = error.headers.get("Retry-After", "")
            words = said.rstrip(".") or f"it answers {error.code}"
            return Interrupted(words, float(wait) if wait.isdecimal() and len(wait) < 7 else 0.0)
        if error.code == 401:
            return SubmitError(
                f"{self.address} doesn't know this token: copy it again, or ask your instructor "
                "for a new one."
            )
        if 300 <= error.code < 400:
            return SubmitError(
                f"{self.address} sends elsewhere, to {_words(error.headers.get('Location'))}; if "
                "that is right, hand in there."
            )
        if not said:
            return self._strange(error.code)
        return SubmitError(f"{self.address} refuses it: {said}")

    def _strange(self, code: int = 200) -> SubmitError:
        return SubmitError(
            f"{self.address} doesn't answer as Glass Lab's receiving service does (HTTP {code}): "
            "check the address."
        )

    def _offset(self, answer: Mapping[str, Any], size: int) -> int:
        offset = size if answer.get("done") is True else answer.get("offset")
        if not isinstance(offset, int) or not 0 <= offset <= size:
            raise self._strange()
        return offset

    def _receipt(self, given: Any, bundle: Bundle) -> Receipt:
        try:
            receipt = Receipt(
                unit=_words(given["unit"]),
                learner=_words(given["learner"]),
                sha256=_words(given["sha256"]),
                received=_words(given["received"]),
                late=given["late"] is True,
                attempt=int(given["attempt"]),
            )
        except (KeyError, TypeError, ValueError):
            raise self._strange() from None
        if (receipt.unit, receipt.sha256) != (bundle.unit, bundle.notebook_sha256):
            raise SubmitError(
                f"{self.address} gave a receipt for something else than what was sent; tell your "
                "instructor."
            )
        return receipt


def checked_address(address: str, plain: bool = False) -> str:
    """Return a service's address in its plain form.

    Raises:
        SubmitError: it isn't one, or would show the token to whoever listens on the way.
    """
    text = address.strip().rstrip("/")
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        host, odd = parts.hostname, parts.port is not None and not parts.port
    except ValueError:
        host, odd = None, True
    if parts.scheme not in ("http", "https") or not host or odd or parts.query or parts.username:
        raise SubmitError(
            f"{_words(address)!r} is no address of a receiving service; it looks like "
            "https://glasslab.example.org."
        )
    here = host in ("localhost", "::1") or host.startswith("127.")
    if parts.scheme == "http" and not here and not plain:
        raise SubmitError(
            f"{text} isn't encrypted: whoever listens on the way could read your token. Use its "
            "https:// address, or, in a network that you trust, --plain-http "
            "(in a notebook, submit(..., plain_http=True))."
        )
    return parts.geturl()


def _words(value: object) -> str:
    """Return something from outside as text to print: one line of bounded length."""
    text = " ".join(str(value).split())
    shown = "".join(each if each.isprintable() else "?" for each in text)
    return shown if len(shown) <= MAX_WORDS else shown[: MAX_WORDS - 1] + "…"

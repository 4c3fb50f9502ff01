"""Asks a receiving service over HTTP, patiently; says in a sentence what is in the way."""

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
from typing import Any, TypeVar
from urllib.parse import urlsplit

from glasslab import __version__
from glasslab.submitting.errors import SubmitError

TIMEOUT = 30.0
"""Seconds that a server may stay silent."""
PATIENCE = 180.0
"""Seconds without any progress before it is left for later."""
LONGEST_PAUSE = 15.0
MAX_ANSWER = 2**20
MAX_LIST = 8 * 2**20
MAX_FILE = 64 * 2**20
MAX_WORDS = 300

TOKEN = re.compile(r"[\x21-\x7e]{1,500}")
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses after which the same request may succeed."""

T = TypeVar("T")


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


class Asker:
    """One learner's line to a receiving service.

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

    def patiently(self, act: Callable[[], T], seconds: float | None = None) -> T:
        """Do something as often as it takes, with ever longer pauses.

        Args:
            act: What to do.
            seconds: How long to go on without any progress.

        Raises:
            SubmitError: it took too long, or won't go through.
        """
        pause, waited = 1.0, 0.0
        while True:
            try:
                return act()
            except Interrupted as reason:
                rest = max(pause, reason.wait)
                if waited + rest > (PATIENCE if seconds is None else seconds):
                    raise SubmitError(
                        f"{self.address}: {reason}. Nothing is lost: run the same again later, and "
                        "it goes on where it was."
                    ) from reason
                self._tell(f"{self.address}: {reason}; trying again in {rest:.0f} s ...")
                time.sleep(rest)
                waited, pause = waited + rest, min(2 * pause, LONGEST_PAUSE)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Mapping[str, Any]:
        """Ask once; return the answer's JSON object.

        Raises:
            Interrupted: it may go through another time.
            Conflict: a part was sent for another place than where the upload is.
            SubmitError: it won't.
        """
        answer = self._read(self._answered(method, path, body, headers, MAX_ANSWER))
        if not isinstance(answer, dict):
            raise self.strange()
        return answer

    def ask_for_list(self, path: str) -> list[Any]:
        """Ask for a list once; raises as `ask` does."""
        answer = self._read(self._answered("GET", path, None, {}, MAX_LIST))
        if not isinstance(answer, list):
            raise self.strange()
        return answer

    def fetch(self, path: str) -> bytes:
        """Fetch a file once, whole; raises as `ask` does."""
        return self._answered("GET", path, None, {}, MAX_FILE)

    def strange(self, code: int = 200) -> SubmitError:
        """Return what to raise when a service answers as no service of ours does."""
        return SubmitError(
            f"{self.address} doesn't answer as Glass Lab's receiving service does (HTTP {code}): "
            "check the address."
        )

    def _read(self, content: bytes) -> Any:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            return None

    def _answered(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], most: int
    ) -> bytes:
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
                content = response.read(most + 1)
                whole = response.headers.get("Content-Length", str(len(content)))
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(method, error) from None
        except urllib.error.URLError as error:
            raise self._unreached(error.reason) from None
        except (OSError, http.client.HTTPException) as error:
            raise Interrupted(f"the connection was lost ({words_of(error)})") from None
        if len(content) > most:
            raise self.strange()
        if whole != str(len(content)):
            raise Interrupted("the connection was lost before all had come")
        return content

    def _unreached(self, reason: object) -> Exception:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return SubmitError(
                f"{self.address} can't prove that it is who it says ({reason.verify_message}). If "
                "your instructor gave you its certificate, put the file's path into the "
                "environment variable SSL_CERT_FILE."
            )
        return Interrupted(f"it can't be reached ({words_of(reason)})")

    def _refusal(self, method: str, error: urllib.error.HTTPError) -> Exception:
        """Return what to raise for an answer that isn't 2xx."""
        said = ""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, RecursionError):
            body = json.loads(error.read(MAX_ANSWER))
            said = words_of(body["error"]) if isinstance(body, dict) and "error" in body else ""
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
                f"{self.address} sends elsewhere, to {words_of(error.headers.get('Location'))}; if "
                "that is right, name that address."
            )
        if not said:
            return self.strange(error.code)
        return SubmitError(f"{self.address} {'says' if method == 'GET' else 'refuses it'}: {said}")


def checked_address(address: str, plain: bool = False) -> str:
    """Return a service's address in its plain form.

    Raises:
        SubmitError: it isn't one, or would show the token to whoever listens on the way.
    """
    text = address.strip().rstrip("/")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname or ""
        host.encode("idna")  # as the socket will: an empty or endless part raises
        odd = parts.port == 0 or "@" in parts.netloc or bool(parts.query or parts.fragment)
    except ValueError:
        raise _no_address(address) from None
    # What can't be asked for would be taken for a lost connection, and tried again for minutes.
    odd = odd or not parts.path.isascii() or any(each.isspace() for each in text)
    if parts.scheme not in ("http", "https") or not host or odd:
        raise _no_address(address)
    here = host in ("localhost", "::1") or host.startswith("127.")
    if parts.scheme == "http" and not here and not plain:
        raise SubmitError(
            f"{text} isn't encrypted: whoever listens on the way could read your token. Use its "
            "https:// address, or, in a network that you trust, --plain-http "
            "(in a notebook, submit(..., plain_http=True))."
        )
    return parts.geturl()


def _no_address(address: str) -> SubmitError:
    return SubmitError(
        f"{words_of(address)!r} is no address of a receiving service; it looks like "
        "https://glasslab.example.org."
    )


def words_of(value: object) -> str:
    """Return something from outside as text to print: one line of bounded length."""
    text = " ".join(str(value).split())
    shown = "".join(each if each.isprintable() else "?" for each in text)
    return shown if len(shown) <= MAX_WORDS else shown[: MAX_WORDS - 1] + "…"

"""What a browser's requests need and a program's don't: a sign-in kept in a cookie, and whose form.

Everything outside ``/api`` is a page for people. There a token travels in a cookie that no script
and no other site's request can use; a form counts only if one of our own pages sent it.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.responses import Response

COOKIE = "glasslab_sign_in"
SIGNED_IN_SECONDS = 8 * 3600
"""A day in class; on a shared computer nobody stays signed in overnight."""

PAGE_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        b"base-uri 'none'; frame-ancestors 'none'",
    ),
    # Not "no-referrer": with it, browsers hide from us that a form is our own.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""On every page: no script, nothing from elsewhere, no frame around it."""

Headers = Iterable[tuple[bytes, bytes]]


def is_page(path: str) -> bool:
    """Return whether an address is for people with browsers; programs ask under ``/api``."""
    return not path.startswith("/api/")


def token_in_cookie(headers: Headers) -> str | None:
    """Return the token of a signed-in browser; None if there is none, or more than one."""
    pairs = [
        part.strip().partition("=")
        for name, value in headers
        if name == b"cookie"
        for part in value.decode("latin-1").split(";")
    ]
    found = [value for name, _, value in pairs if name == COOKIE]
    return found[0] if len(found) == 1 else None


def is_from_our_page(headers: Headers) -> bool:
    """Return whether a browser says that a page of ours sent this form.

    By ``Sec-Fetch-Site`` (https://www.w3.org/TR/fetch-metadata/), which no page can forge; older
    browsers, and those that came unencrypted, say it by ``Origin``.
    """
    said: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in (b"sec-fetch-site", b"origin", b"host"):
            if name in said:
                return False
            said[name] = value
    if b"sec-fetch-site" in said:
        return said[b"sec-fetch-site"] == b"same-origin"
    try:
        origin = urlsplit(said.get(b"origin", b"").decode("latin-1")).netloc
    except ValueError:
        return False
    return bool(origin) and origin == said.get(b"host", b"").decode("latin-1")


def sign_in(answer: Response, token: str) -> Response:
    """Let a browser keep a token: out of scripts' reach, and from other sites' requests."""
    answer.set_cookie(
        COOKIE,
        token,
        max_age=SIGNED_IN_SECONDS,
        httponly=True,
        # Browsers keep such a cookie over https, and from this very machine.
        secure=True,
        samesite="strict",
    )
    return answer


def sign_out(answer: Response) -> Response:
    """Let a browser forget its token."""
    answer.delete_cookie(COOKIE, httponly=True, secure=True, samesite="strict")
    return answer

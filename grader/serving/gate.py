"""What every request passes first: whose token, how many requests, how long, how much."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool

from grader.serving.browser import PAGE_HEADERS, is_from_our_page, is_page, token_in_cookie
from grader.serving.limits import Limits, Turnstile
from grader.serving.refusals import Refused, trouble
from grader.serving.rendering import refusal_page

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

HAND_IN = "/work"
"""The page whose form carries a file."""
FORM_BYTES = 4 * 2**10
"""What a browser's form adds to the file in it."""
DRAINED = 5
"""How many times too large a form is still read to its end, and thrown away."""

SAFE = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
"""On every answer: should one be opened as a page, it shows nothing of its own and asks nobody."""


class Gate:
    """Wraps an ASGI app: nothing of a request's body is read before its token is known to be good.

    Pages let strangers in, too, who may send no more than a token; and a form only counts if it is
    a page of ours that sends it. It leaves ``learner`` in the request's state, None of a stranger.
    What goes wrong becomes a sentence, in JSON or on a page; the log gets method, route, status,
    learner and time, no header, no query and nothing of a body.
    """

    def __init__(
        self, app: App, *, learner_of: Callable[[str], str | None], limits: Limits
    ) -> None:
        self._app = app
        self._learner_of = learner_of
        self._limits = limits
        self._turnstile = Turnstile(limits)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request (https://asgi.readthedocs.io/en/latest/specs/www.html)."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        answer = _Answer(send, is_page(scope["path"]))
        begun = time.monotonic()
        learner = None
        entered = False
        try:
            learner = await self._known(scope, answer.is_page)
            if learner is not None:
                wait = self._turnstile.enter(learner)
                if wait is not None:
                    raise Refused(
                        429,
                        f"Too many requests; come again in {wait} s.",
                        headers={"Retry-After": str(wait)},
                    )
                entered = True
            scope.setdefault("state", {})["learner"] = learner
            await self._app(scope, self._bounded(scope, receive), answer)
        except Refused as refused:
            await answer.refuse(refused)
        except Exception as error:
            if answer.status is None:  # else the app has answered, and told the log
                log.error("a request failed", exc_info=error)
            await answer.refuse(trouble(error))
        finally:
            if learner is not None and entered:
                self._turnstile.leave(learner)
            # A path that no route knows may hold anything, a token pasted into it, too.
            route = getattr(scope.get("route"), "path", "(no route)")
            took = (time.monotonic() - begun) * 1000
            method = scope["method"] if scope["method"].isalpha() else "?"
            log.info("%s %s %s %a %.0f ms", method[:10], route, answer.status, learner, took)

    async def _known(self, scope: MutableMapping[str, Any], page: bool) -> str | None:
        """Return who asks; a page may be asked for by a stranger.

        Raises:
            Refused: a program with no good token, or a form that another site sends.
        """
        if not page:
            return await self._authenticate(scope)
        if scope["method"] not in ("GET", "HEAD") and not is_from_our_page(scope["headers"]):
            raise Refused(403, "This didn't come from a page of this service; begin on its page.")
        token = token_in_cookie(scope["headers"])
        return None if token is None else await run_in_threadpool(self._learner_of, token)

    async def _authenticate(self, scope: MutableMapping[str, Any]) -> str:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(given) == 1 and given[0][:7].lower() == b"bearer ":
            token = given[0][7:].strip().decode("latin-1")
            learner = await run_in_threadpool(self._learner_of, token)
            if learner is not None:
                return learner
        raise Refused(
            401,
            "The token is missing or not valid; copy it again, or ask your instructor for a new "
            "one.",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _bounded(self, scope: MutableMapping[str, Any], receive: Receive) -> Receive:
        """Return a ``receive`` that ends a request that is too large, or silent for too long."""
        page = is_page(scope["path"])
        # On pages only a learner's file is large; a token, whoever sends it, is not.
        by_form = (scope["method"], scope["path"]) == ("POST", HAND_IN)
        by_form = by_form and scope["state"]["learner"] is not None
        large = by_form if page else scope["method"] == "PATCH"
        most = self._limits.bundle_bytes if large else self._limits.question_bytes
        if by_form:
            most += FORM_BYTES
        read = 0

        async def bounded() -> Message:
            nonlocal read
            while True:
                try:
                    async with asyncio.timeout(self._limits.silent_seconds):
                        message = await receive()
                except TimeoutError as error:
                    raise Refused(
                        408, "Nothing came for too long; go on where you were."
                    ) from error
                read += len(message.get("body", b""))
                if read <= most:
                    return message
                # A browser shows an answer only once all it sends was taken; a program needs none.
                if not (by_form and message.get("more_body") and read < DRAINED * most):
                    words = f"A request like this may have {most} bytes at most."
                    raise Refused(413, self._limits.too_large if by_form else words)

        # Once the request is read, waiting for more is how an app hears that its client has left.
        async def until_read() -> Message:
            nonlocal complete
            if complete:
                return await receive()
            message = await bounded()
            complete = not message.get("more_body", False)
            return message

        complete = False
        return until_read


@dataclass
class _Answer:
    """Passes an answer on, with the headers that are on all; knows its status for the log."""

    send: Send
    is_page: bool
    status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = [(name.lower(), value) for name, value in message.get("headers", ())]
            names = {name for name, _ in given}
            safe = PAGE_HEADERS if self.is_page else SAFE
            message["headers"] = [*given, *(one for one in safe if one[0] not in names)]
        await self.send(message)

    async def refuse(self, refused: Refused) -> None:
        if self.status is not None:  # the answer has begun: all that is left is to end it
            return
        if self.is_page:
            kind, body = b"text/html; charset=utf-8", refusal_page(refused).encode()
        else:
            kind, body = b"application/json", json.dumps(refused.body).encode()
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            # What the client may still be sending isn't read.
            (b"connection", b"close"),
            *((name.encode(), value.encode()) for name, value in (refused.headers or {}).items()),
        ]
        start = {"type": "http.response.start", "status": refused.status_code, "headers": headers}
        await self({**start})
        await self.send({"type": "http.response.body", "body": body})

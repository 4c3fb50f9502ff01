"""The service's routes for programs, under ``/api/v1``: JSON in and out, bundles as raw bytes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from grader.serving.browser import is_page
from grader.serving.class_book import ClassBook
from grader.serving.gate import App, Gate
from grader.serving.intake import Intake, Upload
from grader.serving.limits import Limits
from grader.serving.pages import add_pages
from grader.serving.parts import WrongOffset
from grader.serving.refusals import Refused, trouble
from grader.serving.released import Released
from grader.serving.rendering import refusal_page
from grader.serving.tokens import learner_of
from grader.workspace import Workspace

log = logging.getLogger(__name__)

PIECE_BYTES = 256 * 2**10
"""Written at a time; so much of an upload is in memory until it is whole."""
HOUSEKEEPING_SECONDS = 60.0


class Announcement(BaseModel):
    """What a learner says of a bundle before sending it."""

    unit: Annotated[str, Field(min_length=1, max_length=128)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(gt=0, lt=2**40)]


def make_app(
    workspace: Workspace, engine: Engine, book: ClassBook, limits: Limits | None = None
) -> App:
    """Return the service of a class, as an ASGI app.

    Args:
        workspace: Where everything is kept.
        engine: The service's own database.
        book: The class's gradebook.
        limits: What a learner may send.
    """
    limits = limits or Limits()
    intake = Intake(workspace, engine, book, limits)
    released = Released.of(workspace)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await _put_in_order(intake)
        keeper = asyncio.create_task(_keep_house(intake))
        yield
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper

    # Without pages of documentation: they would load scripts from elsewhere.
    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _no_route)
    for kind in (SQLAlchemyError, OSError, Exception):
        app.add_exception_handler(kind, _failed)

    @app.post("/api/v1/uploads", status_code=201)
    async def announce(request: Request) -> dict[str, Any]:
        said = _announcement(await request.body())
        learner = request.state.learner
        upload = await run_in_threadpool(
            intake.announce, learner, said.unit, said.sha256, said.size
        )
        return {"upload": upload.id, **_state(upload)}

    @app.api_route("/api/v1/uploads/{name}", methods=["GET", "HEAD"])
    def look(name: str, request: Request) -> JSONResponse:
        upload = intake.upload(request.state.learner, name)
        if upload.offset == upload.size and not upload.done:
            # Its last byte came, and storing it failed: a full disk, a database that was busy.
            upload = intake.finish(upload)
        headers = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.size)}
        return JSONResponse(_state(upload), headers=headers)

    @app.patch("/api/v1/uploads/{name}")
    async def receive(name: str, request: Request) -> dict[str, Any]:
        upload = await run_in_threadpool(intake.upload, request.state.learner, name)
        if upload.done:
            return _state(upload)
        offset = await _receive(intake, upload, _offset_in(request), request)
        if offset < upload.size:
            return {"offset": offset, "size": upload.size, "done": False}
        return _state(await run_in_threadpool(intake.finish, upload))

    @app.get("/api/v1/submissions")
    def submissions(request: Request) -> list[dict[str, Any]]:
        return intake.submissions(request.state.learner)

    @app.get("/api/v1/feedback/{unit}")
    def feedback(unit: str, request: Request) -> Response:
        known = book.has_unit(unit)  # a name from the gradebook, never one from the request
        page = released.newest(request.state.learner, unit) if known else None
        if page is None:
            raise Refused(404, "There is no feedback for this unit yet.")
        disposition = f'attachment; filename="feedback-{page.parent.name}.html"'
        return Response(
            page.read_bytes(),
            media_type="application/octet-stream",
            headers={"Content-Disposition": disposition},
        )

    def known(token: str) -> str | None:
        return learner_of(engine, token)

    add_pages(app, intake, book, released, known)
    return Gate(app, learner_of=known, limits=limits)


def _announcement(body: bytes) -> Announcement:
    """Read an announcement, whatever its content type says."""
    try:
        return Announcement.model_validate_json(body)
    except ValidationError as error:
        named = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
        wrong = ", ".join(sorted(named & set(Announcement.model_fields))) or "it is no JSON object"
        raise Refused(422, f"The announcement can't be understood: {wrong}.") from error


def _state(upload: Upload) -> dict[str, Any]:
    state: dict[str, Any] = {"offset": upload.offset, "size": upload.size, "done": upload.done}
    if upload.receipt is None:
        return state
    return {**state, "receipt": upload.receipt, "again": upload.again}


def _offset_in(request: Request) -> int:
    text = request.headers.get("Upload-Offset", "")
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        raise Refused(422, "A piece needs the header Upload-Offset: where in the bundle it begins.")
    return int(text)


async def _receive(intake: Intake, upload: Upload, offset: int, request: Request) -> int:
    """Append what comes, and return where the next piece begins."""
    waiting = bytearray()

    async def write() -> None:
        nonlocal offset
        if offset + len(waiting) > upload.size:
            raise Refused(413, "More came than the bundle was announced with.", offset=offset)
        try:
            offset = await run_in_threadpool(intake.parts.append, upload.id, offset, bytes(waiting))
        except WrongOffset as wrong:
            raise Refused(
                409, f"The next piece begins at {wrong.offset}.", offset=wrong.offset
            ) from wrong
        waiting.clear()

    try:
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= PIECE_BYTES:
                await write()
    except (ClientDisconnect, Refused) as error:
        # The connection is lost, or too slow: what came is kept, to go on from there.
        with suppress(Refused):
            await write()
        if isinstance(error, Refused):
            raise
        raise Refused(400, "The connection was lost.") from error
    await write()
    await run_in_threadpool(intake.parts.settle, upload.id)
    return offset


async def _keep_house(intake: Intake) -> None:
    """Tell the gradebook what it could not hear, and forget stale uploads, for ever."""
    while True:
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
        await _put_in_order(intake)


async def _put_in_order(intake: Intake) -> None:
    """Do it once; a full disk or a busy database keeps nobody from handing in or reading."""
    try:
        await run_in_threadpool(intake.recover)
    except (SQLAlchemyError, OSError) as error:
        log.warning("housekeeping failed and is tried again: %s", error)


def _refused(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    if is_page(request.url.path):
        return HTMLResponse(refusal_page(refused), refused.status_code, refused.headers)
    return JSONResponse(refused.body, refused.status_code, headers=refused.headers)


def _failed(request: Request, error: Exception) -> Response:
    log.error("a request failed", exc_info=error)
    return _refused(request, trouble(error))


def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = {
        404: "There is nothing at this address; programs are answered under /api/v1.",
        405: "This address doesn't know that method.",
    }
    sentence = words.get(error.status_code, "The request can't be understood.")
    return _refused(request, Refused(error.status_code, sentence))

"""The service's routes for people: a page to begin on, and one's own work; forms, no scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from grader.serving.browser import sign_in, sign_out
from grader.serving.by_browser import check_kind, hand_in, unit_of
from grader.serving.class_book import ClassBook
from grader.serving.intake import Intake
from grader.serving.refusals import Refused
from grader.serving.released import Released
from grader.serving.rendering import FOLDER, page

SHOWN = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    # Browsers refuse to show what has both a sandbox and another policy for openers.
    "Cross-Origin-Opener-Policy": "unsafe-none",
}
"""For feedback, which is made of what learners wrote: to the browser, it is another site's page."""
STRANGE = "Sign in first, with the token that your instructor gave you."
NOT_KEPT = (
    "Your browser didn't keep the sign-in: this page must be reached by https://, and the browser "
    "must allow cookies."
)


def add_pages(
    app: FastAPI,
    intake: Intake,
    book: ClassBook,
    released: Released,
    learner_of: Callable[[str], str | None],
) -> None:
    """Add the pages' routes to the service.

    Args:
        app: The service.
        intake: Where all bundles go.
        book: The class's gradebook.
        released: Feedback that learners may have.
        learner_of: Says whose a token is.
    """

    def work(request: Request, status: int = 200, wrong: str | None = None) -> Response:
        """Return a learner's own page, perhaps with what went wrong on top."""
        learner = request.state.learner
        units = [(unit, book.due(learner, unit)) for unit in book.units()]
        receipts = intake.submissions(learner)
        by_unit = {
            unit: [one for one in receipts if one["unit"] == unit]
            for unit in dict.fromkeys(one["unit"] for one in receipts)
        }
        text = page("work", learner=learner, units=units, by_unit=by_unit, wrong=wrong)
        return HTMLResponse(text, status)

    def begin(request: Request, status: int = 200, wrong: str | None = None) -> Response:
        text = page("begin", learner=request.state.learner, wrong=wrong)
        return HTMLResponse(text, status)

    @app.get("/")
    def landing(request: Request) -> Response:
        return begin(request)

    @app.get("/style.css")
    def style() -> Response:
        return FileResponse(FOLDER / "style.css")

    @app.get("/icon.svg")
    def icon() -> Response:
        return FileResponse(FOLDER / "icon.svg")

    @app.post("/sign-in")
    async def enter(request: Request) -> Response:
        said = parse_qs((await request.body()).decode("latin-1"))
        token = said.get("token", [""])[0].strip()
        if await run_in_threadpool(learner_of, token) is None:
            wrong = (
                "The service doesn't know this token: copy it again, whole, or ask your "
                "instructor for a new one."
            )
            return begin(request, 403, wrong)
        return sign_in(RedirectResponse("/work?new=yes", 303), token)

    @app.post("/sign-out")
    def leave() -> Response:
        return sign_out(RedirectResponse("/", 303))

    @app.get("/work")
    def own(request: Request) -> Response:
        if request.state.learner is None:
            return begin(request, 403, NOT_KEPT if "new" in request.query_params else STRANGE)
        return work(request)

    @app.post("/work")
    async def receive(request: Request) -> Response:
        learner = request.state.learner
        if learner is None:
            return begin(request, 403, STRANGE)
        try:
            chosen, name, content = await _form(request)
            check_kind(content)
            units = await run_in_threadpool(book.units)
            unit = unit_of(chosen, name, units)
            upload = await run_in_threadpool(hand_in, intake, learner, unit, content)
        except Refused as refused:
            return await run_in_threadpool(work, request, refused.status_code, str(refused))
        assert upload.receipt is not None
        again = "?again=yes" if upload.again else ""
        return RedirectResponse(f"/receipts/{unit}/{upload.receipt['attempt']}{again}", 303)

    @app.get("/receipts/{unit}/{attempt}")
    def receipt(unit: str, attempt: str, request: Request) -> Response:
        if request.state.learner is None:
            return begin(request, 403, STRANGE)
        found = one_of(request, unit, attempt)
        again = "again" in request.query_params
        return HTMLResponse(
            page("receipt", learner=request.state.learner, receipt=found, again=again)
        )

    @app.get("/feedback/{unit}/{attempt}")
    def feedback(unit: str, attempt: str, request: Request) -> Response:
        return _shown(request, unit, attempt, download=False)

    @app.get("/feedback/{unit}/{attempt}/file")
    def feedback_file(unit: str, attempt: str, request: Request) -> Response:
        return _shown(request, unit, attempt, download=True)

    def one_of(request: Request, unit: str, attempt: str) -> dict[str, Any]:
        """Return a learner's receipt; names in the address are only compared."""
        for one in intake.submissions(request.state.learner):
            if (one["unit"], str(one["attempt"])) == (unit, attempt):
                return one
        raise Refused(404, "You have handed in nothing like this; see the list of your work.")

    def _shown(request: Request, unit: str, attempt: str, *, download: bool) -> Response:
        learner = request.state.learner
        if learner is None:
            return begin(request, 403, STRANGE)
        found = one_of(request, unit, attempt)
        file = released.page(learner, found["unit"], found["sha256"])
        if file is None:
            raise Refused(404, "There is no feedback for this submission yet.")
        if download:
            name = f"feedback-{found['unit']}-{found['attempt']}.html"
            return FileResponse(file, media_type="application/octet-stream", filename=name)
        return HTMLResponse(file.read_bytes(), headers=SHOWN)


async def _form(request: Request) -> tuple[str, str, bytes]:
    """Return what a form says: the unit chosen, the file's name, and its content."""
    try:
        async with request.form(max_files=1, max_fields=1, max_part_size=256) as form:
            file, chosen = form.get("file"), form.get("unit")
            if not isinstance(file, UploadFile):
                raise Refused(422, "Choose a file first.")
            return str(chosen or ""), file.filename or "", await file.read()
    except HTTPException as error:
        if isinstance(error, Refused):
            raise
        raise Refused(400, "The form can't be understood; send it again.") from error

"""What is answered when something is wrong: a status and one sentence a learner can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException


class Refused(HTTPException):
    """A request that isn't fulfilled; becomes ``{"error": sentence}`` with its status.

    One of Starlette's own, so that FastAPI lets it pass while it reads a body.
    """

    def __init__(
        self,
        status: int,
        sentence: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(status, sentence, headers)
        self.body = {"error": sentence, **more}

    def __str__(self) -> str:
        return self.detail


def trouble(error: Exception) -> Refused:
    """Return what a learner hears of an error of the server's: not what it was."""
    if isinstance(error, (SQLAlchemyError, OSError)):  # a busy database, a full disk
        words = "The server can't store anything right now; try again in a minute."
        return Refused(503, words, headers={"Retry-After": "60"})
    return Refused(500, "The server failed at this; tell your instructor when it happened.")

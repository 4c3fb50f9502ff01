"""The service's pages: its own words, and of what came in only names and numbers, escaped."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

FOLDER = Path(__file__).parent / "templates"


def spoken(receipt: str) -> str:
    """Return a receipt in groups of four characters, as ``glasslab submit`` prints it."""
    return " ".join(receipt[i : i + 4] for i in range(0, len(receipt), 4))


def moment(value: str | datetime) -> str:
    """Return a time as people write it: ``22 November 2026, 21:03:12 UTC``."""
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    time = time.astimezone(UTC) if time.tzinfo else time
    return f"{time.day} {time:%B %Y, %H:%M:%S} UTC"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(spoken=spoken, moment=moment)
    return made


_PAGES = _environment()


def page(name: str, *, learner: str | None, **values: Any) -> str:
    """Return a page as HTML.

    Args:
        name: Its template, without ``.html``.
        learner: Who is signed in; None if nobody is.
        values: What the template shows.
    """
    return _PAGES.get_template(f"{name}.html").render(learner=learner, **values)


def refusal_page(refused: HTTPException) -> str:
    """Return what a person sees when a request isn't fulfilled."""
    return page("refused", learner=None, status=refused.status_code, words=refused.detail)

"""Looks after what was handed in: what the service has, and the feedback that it hands back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from glasslab.keeping import course_folder
from glasslab.submitting.asking import Asker, words_of
from glasslab.submitting.bundle import OUTBOX, write_atomically
from glasslab.submitting.errors import SubmitError
from glasslab.submitting.receipts import kept
from glasslab.submitting.review import UNIT_NAME

FEEDBACK = "my_feedback"
"""The folder, beside the units, that feedback is saved in."""
READABLE = "feedback released"
"""How the service calls work whose feedback its learner may read."""
LATER = {"received": "received; not graded yet", "graded": "graded; feedback isn't released yet"}
PATIENCE = 20.0
"""Seconds for which a service that doesn't answer is asked again."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Work:
    """One notebook that the service has, by its own clock and word."""

    unit: str
    attempt: int
    received: str
    late: bool
    sha256: str
    status: str
    learner: str

    def __str__(self) -> str:
        moment = self.received[:19].replace("T", " ")
        late = "  late" if self.late else ""
        then = (
            f"feedback released: glasslab feedback {self.unit}"
            if self.status == READABLE
            else LATER.get(self.status, self.status)
        )
        return f"  {self.unit}  attempt {self.attempt}  {moment} UTC{late}\n      {then}"


@dataclass(frozen=True)
class Saved:
    """A feedback page on the learner's own machine."""

    unit: str
    path: Path


def address_of(named: str | None, folder: Path) -> str | None:
    """Return the service's address: the one named, else that of the newest receipt kept here.

    Args:
        named: What the learner says, or the environment.
        folder: Where the learner is.
    """
    if named:
        return named
    addresses = [each.get("address") for each in kept(course_folder(folder) / OUTBOX)]
    return next((each for each in reversed(addresses) if isinstance(each, str)), None)


def works(asker: Asker) -> list[Work]:
    """Return what the service has of a learner, newest first.

    Raises:
        SubmitError: it doesn't answer, or not as it should.
    """
    given = asker.patiently(lambda: asker.ask_for_list("submissions"), PATIENCE)
    try:
        return [_work(each) for each in given]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise asker.strange() from None


def save_feedback(asker: Asker, unit: str, folder: Path) -> Saved:
    """Fetch the feedback on a unit that was released last, and save it beside the units.

    Args:
        asker: The line to the service.
        unit: The unit.
        folder: Where the learner is.

    Raises:
        SubmitError: there is none yet, or it can't be saved.
    """
    if not UNIT_NAME.fullmatch(unit):
        raise SubmitError(f"{words_of(unit)!r} is no unit; one is named like 03_attention.")
    page = asker.patiently(lambda: asker.fetch(f"feedback/{quote(unit)}"), PATIENCE)
    path = course_folder(folder) / FEEDBACK / f"{unit}.html"
    try:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, page)
    except OSError as error:
        raise SubmitError(f"{path} can't be written: {error.strerror}.") from error
    return Saved(unit, path)


def save_all_feedback(asker: Asker, folder: Path) -> list[Saved]:
    """Fetch all feedback that is released, of the newest work first.

    Raises:
        SubmitError: there is none yet, or it can't be saved.
    """
    units = dict.fromkeys(each.unit for each in works(asker) if each.status == READABLE)
    if not units:
        raise SubmitError(
            "No feedback is released to you yet; 'glasslab status' shows what the service has."
        )
    return [save_feedback(asker, unit, folder) for unit in units]


def tell_works(address: str, found: Sequence[Work], tell: Tell) -> None:
    """Print what a service has."""
    if not found:
        tell(f"{address} has nothing of yours yet.")
        return
    tell(f"{address} has from {found[0].learner}:")
    for each in found:
        tell(str(each))


def not_handed_in(folder: Path) -> list[str]:
    """Return the names of bundles that were written here and of which no receipt is kept."""
    outbox = course_folder(folder) / OUTBOX
    handed_in = {each.get("bundle") for each in kept(outbox)}
    return sorted(path.name for path in outbox.glob("*.zip") if path.name not in handed_in)


def works_json(address: str | None, found: Sequence[Work], left: Sequence[str]) -> str:
    """Return the same for programs."""
    said = {
        "address": address,
        "submissions": [asdict(each) for each in found],
        "not_handed_in": list(left),
    }
    return json.dumps(said, indent=2, ensure_ascii=False)


def _work(given: Mapping[str, Any]) -> Work:
    return Work(
        unit=words_of(given["unit"]),
        attempt=int(given["attempt"]),
        received=words_of(given["received"]),
        late=given["late"] is True,
        sha256=words_of(given["sha256"]),
        status=words_of(given["status"]),
        learner=words_of(given["learner"]),
    )

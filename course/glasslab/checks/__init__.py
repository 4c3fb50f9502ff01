"""Public checks: ``check(name, answer)`` tells at once whether an answer holds on public data.

A check tests laws that any right answer obeys; it never holds the answer itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from glasslab.checks.names import UNITS, names_of
from glasslab.checks.outcome import Incorrect, Outcome, State
from glasslab.checks.progress import BOOK, Kept
from glasslab.checks.progress_picture import ProgressPicture, of_course, of_unit
from glasslab.checks.session import Session

SESSION = Session(laws={})


def check(name: str, answer: Any) -> None:
    """Check an answer, print what was found, and hand the answer in under this name."""
    _load_laws(name.partition(".")[0])
    outcome = SESSION.run(name, answer)
    BOOK.note(outcome)
    print(outcome)


def solved(*names: str) -> bool:
    """Return whether the newest checks of these names were all correct; print which were not.

    Cells that draw with a learner's own functions ask this first, so that "Run All" can pass
    through an unfinished notebook.
    """
    missing = [name for name in names if not SESSION.is_solved(name)]
    if missing:
        sign = State.CORRECT.value
        print(f"· waiting for {', '.join(missing)}: run this cell again after a {sign} there")
    return not missing


def progress(unit: str | None = None) -> ProgressPicture:
    """Return a picture of how far the checks have come; as a cell's last line it shows itself.

    What was found is kept across restarts, in ``my_progress.json`` beside the units. It is there to
    be looked at: grading never reads it.

    Args:
        unit: A unit by its name, such as "attention"; the whole course if there is none.

    Raises:
        ValueError: there is no unit of that name.
    """
    if unit is not None and unit not in UNITS:
        raise ValueError(f"There is no unit {unit!r}; there are: {', '.join(UNITS)}.")
    kept = BOOK.kept()
    if unit is not None:
        return of_unit(f"Unit {_title(unit)}", _newest(unit, kept), BOOK.trouble)
    return of_course({_title(each): _newest(each, kept) for each in UNITS}, BOOK.trouble)


def _newest(unit: str, kept: dict[str, Kept]) -> list[Outcome]:
    """Return what each check of a unit found last: in this kernel, else earlier or elsewhere."""
    return [
        SESSION.outcomes.get(name) or _remembered(name, kept.get(name)) for name in names_of(unit)
    ]


def _remembered(name: str, kept: Kept | None) -> Outcome:
    if kept is None or kept.state is State.NOT_ATTEMPTED:
        return Outcome(name, State.NOT_ATTEMPTED, "not run yet")
    return Outcome(name, kept.state, f"{kept.state.words} when last run, on {kept.day}")


def _title(unit: str) -> str:
    return f"{UNITS[unit]:02} {unit}"


def _load_laws(unit: str) -> None:
    """Load a unit's laws when they are first needed: where models are checked, imports are slow."""
    for known in (unit,) if unit in UNITS else UNITS:
        SESSION.laws.update(import_module(f"glasslab.checks.{known}").LAWS)


__all__ = [
    "SESSION",
    "UNITS",
    "Incorrect",
    "Outcome",
    "State",
    "check",
    "names_of",
    "progress",
    "solved",
]

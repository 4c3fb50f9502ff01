"""Looks a notebook over before it is handed in: what is in it, and what its learner should know."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from glasslab.checks import UNITS, names_of
from glasslab.checks.outcome import State
from glasslab.submitting.reading import Cell, Notebook

STATE_WORDS = {
    State.CORRECT: "correct",
    State.INCORRECT: "incorrect",
    State.NOT_ATTEMPTED: "not attempted",
}
UNIT_NAME = re.compile(r"\d\d_[a-z0-9_]+")
LARGE = 3 * 2**20
"""A notebook of a unit with all its pictures takes less."""
MOST_LISTED = 4


@dataclass(frozen=True)
class Review:
    """What a notebook holds. ``problems`` cost points or lose work; ``notes`` are worth knowing."""

    unit: str
    checks: dict[str, str]
    """What each public check said when the notebook was saved: shown, and believed by nobody."""
    answered: dict[str, bool]
    """Which answer cells, by grade_id, hold something else than at first."""
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def unit_named(text: str) -> str | None:
    """Return the unit that a file's name is of, ``03_attention`` of ``03_attention-Copy1``."""
    found = UNIT_NAME.search(text)
    return found[0].rstrip("_") if found else None


def review(notebook: Notebook, unit: str) -> Review:
    """Look a notebook over. Nothing in it is run, and nothing in it can raise."""
    cells = notebook.cells
    saved = checks_of(cells)
    expected = _expected_checks(unit)
    answers = [cell for cell in cells if cell.is_answer]
    return Review(
        unit=unit,
        checks={name: saved.get(name, "not attempted") for name in {**expected, **saved}},
        answered={str(cell.grade_id): not cell.is_as_released for cell in reversed(answers)},
        problems=tuple(_problems(cells, saved, unit, expected)),
        notes=tuple(_notes(notebook)),
    )


def checks_of(cells: Iterable[Cell]) -> dict[str, str]:
    """Return what each public check in these cells said last."""
    found = {}
    for cell in cells:
        for name in cell.checks:
            signs = re.findall(rf"^(.) {re.escape(name)}: ", cell.printed, re.M)
            known = [state for state in State if signs and state.value == signs[-1]]
            found[name] = STATE_WORDS[known[0] if known else State.NOT_ATTEMPTED]
    return found


def _problems(
    cells: Sequence[Cell], saved: dict[str, str], unit: str, expected: dict[str, None]
) -> Iterable[str]:
    if not saved and not any(cell.tracked for cell in cells):
        yield "It has none of a unit's exercises: is this the right notebook?"
        return
    strange = sorted({_topic(name) for name in saved} - {_topic(name) for name in expected})
    if strange:
        yield f"It would be handed in as {unit}, but checks {_listed(strange)}: name its own unit."
    missing = [name for name in expected if name not in saved]
    if missing and not strange:
        yield (
            f"The graded cells of {_listed(missing)} are missing, so grading may not find their "
            "answers: get a fresh copy of the unit, and paste your answers into it."
        )
    counts = Counter(cell.grade_id for cell in cells if cell.is_answer)
    twice = [str(name) for name, count in counts.items() if count > 1]
    if twice:
        yield f"{_listed(twice)} is there twice, and only the first counts: delete the other."
    names = {cell.grade_id for cell in cells if cell.tracked}
    lost = [
        name.removesuffix("_check")
        for name in sorted(map(str, names))
        if name.endswith("_check") and name.removesuffix("_check") not in names
    ]
    if lost:
        yield (
            f"The answer cell of {_listed(lost)} is missing (a new cell doesn't count in its "
            "place): get a fresh copy of the unit, and paste your answers into it."
        )


def _notes(notebook: Notebook) -> Iterable[str]:
    code = [cell for cell in notebook.cells if cell.kind == "code" and cell.source.strip()]
    never = [str(cell.grade_id) for cell in code if cell.tracked and cell.count is None]
    if never:
        yield f"No run of {_listed(never)} is saved: run all cells from the top, and save."
    ran = [cell for cell in code if cell.count is not None and not cell.submits]
    for above, below in pairwise(ran):
        if (below.count or 0) <= (above.count or 0):
            yield (
                f"Cells ran out of order: {_called(below)} before {_called(above)}, which stands "
                "above it. Grading runs them from the top: restart the kernel and run all cells "
                "to see what it will see."
            )
            break
    failed = [cell for cell in ran if cell.raised]
    if failed:
        yield f"{_called(failed[0])} ended in {failed[0].raised}; grading goes on behind it."
    changed = [
        str(cell.grade_id)
        for cell in notebook.cells
        if cell.tracked and not cell.is_answer and not cell.is_as_released
    ]
    if changed:
        yield f"The locked text of {_listed(changed)} was changed: grading puts the original back."
    if len(notebook.content) > LARGE:
        yield (
            f"It takes {len(notebook.content) / 2**20:.0f} MB, mostly outputs, which grading makes "
            "anew; clear them (Edit ▸ Clear Outputs of All Cells) if sending is slow."
        )


def _expected_checks(unit: str) -> dict[str, None]:
    """Return the names of a unit's public checks, in order; none if there is no such unit."""
    number = int(unit[:2]) if UNIT_NAME.fullmatch(unit) else None
    topic = next((topic for topic, its in UNITS.items() if its == number), None)
    if topic is None:
        return {}
    return dict.fromkeys(names_of(topic))


def _topic(check: str) -> str:
    return check.partition(".")[0]


def _called(cell: Cell) -> str:
    first = cell.source.strip().splitlines()[0][:40]
    return cell.grade_id or f"the cell “{first}”"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")

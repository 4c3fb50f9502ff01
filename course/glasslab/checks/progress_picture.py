"""Progress as a picture: one box a check, made of plain HTML that needs no script and no network.

Signs and words tell the states, colours only repeat them; text takes the notebook's own colours, so
that it can be read on a dark page too. Where styles are taken away, the signs and words are left.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glasslab.checks.outcome import Outcome, State

# Blue and orange of Okabe and Ito's palette (jfly.uni-koeln.de/color), which every kind of eye
# tells apart; the signs on them have a contrast of 5.2 and 9.4 to 1.
BOXES = {
    State.CORRECT: "background:#0072B2;color:#fff;border:1px solid #0072B2",
    State.INCORRECT: "background:#E69F00;color:#000;border:1px solid #E69F00",
    State.NOT_ATTEMPTED: "border:1px dashed currentColor",
}
BOX = (
    "display:inline-block;flex:none;width:1.3em;text-align:center;border-radius:.25em;"
    "font-weight:bold;margin:1px"
)
FIGURE = "margin:.5em 0;max-width:62em;font-size:14px;line-height:1.5"
ROW = "display:flex;gap:.5em;align-items:baseline;margin:.15em 0"
REST = "flex:1;min-width:0"  # what is long is broken there, not below the row's beginning
CAPTION = "font-weight:bold;margin-bottom:.3em"

Units = Mapping[str, Sequence[Outcome]]


@dataclass(frozen=True)
class ProgressPicture:
    """A picture of progress. As the last line of a notebook cell it shows itself."""

    text: str
    """What is shown where only text can be."""
    alt: str
    drawn: str
    """The same as HTML."""

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Return what Jupyter stores: text and HTML."""
        return {"text/plain": self.text, "text/html": self.drawn}, {}


def of_unit(title: str, outcomes: Sequence[Outcome], trouble: str = "") -> ProgressPicture:
    """Draw one unit: a line for each check, with its reason.

    Args:
        title: What the unit is called.
        outcomes: What each of its checks found last.
        trouble: Why progress couldn't be kept on disk, in words, if so.
    """
    done, many = _done(outcomes), len(outcomes)
    bar = "█" * done + "░" * (many - done)
    notes = [f"(not kept on disk: {trouble})"] if trouble else []
    lines = [f"{bar} {done} of {many} correct", *map(str, outcomes), *notes]
    rows = (
        _row(_box(outcome), f"<code>{_safe(outcome.name)}</code>: {_safe(outcome.reason)}")
        for outcome in outcomes
    )
    heading = f"{title}: {done} of {many} checks correct"
    return _picture("\n".join(lines), f"{heading}{_left(outcomes)}.", heading, rows, notes)


def of_course(units: Units, trouble: str = "") -> ProgressPicture:
    """Draw the whole course: a line for each unit, with a box for each check.

    Args:
        units: What each check of each unit found last, by the units' titles.
        trouble: Why progress couldn't be kept on disk, in words, if so.
    """
    every = [outcome for outcomes in units.values() for outcome in outcomes]
    heading = f"The course: {_done(every)} of {len(every)} checks correct"
    notes = [f"(not kept on disk: {trouble})"] if trouble else []
    width = max(map(len, units), default=0)
    signs = {title: "".join(each.state.value for each in its) for title, its in units.items()}
    longest = max(map(len, signs.values()), default=0)
    lines = [
        f"{title:<{width}}  {signs[title]:<{longest}}  {_done(its)} of {len(its)}"
        for title, its in units.items()
    ]
    told = [f"{title} {_done(its)} of {len(its)}" for title, its in units.items()]
    rows = (
        _row(
            f'<span style="flex:0 0 7.8em">{_safe(title)}</span>',
            f'<span style="flex:0 0 3.6em">{_done(its)} of {len(its)}</span>',
            "".join(map(_box, its)),
        )
        for title, its in units.items()
    )
    alt = f"{heading}. {'; '.join(told)}."
    return _picture("\n".join([heading, *lines, *notes]), alt, heading, rows, notes)


def _picture(
    text: str, alt: str, heading: str, rows: Iterable[str], notes: Sequence[str]
) -> ProgressPicture:
    below = [f"<div>{_safe(note)}</div>" for note in notes]
    drawn = "\n".join(
        [
            f'<figure role="img" aria-label="{_safe(alt)}" style="{FIGURE}">',
            f'<div style="{CAPTION}">{_safe(heading)}</div>',
            *rows,
            *below,
            "</figure>",
        ]
    )
    return ProgressPicture(text, alt, drawn)


def _row(*parts: str) -> str:
    *first, rest = parts
    # Spaces between, for where the styles are taken away.
    return f'<div style="{ROW}">{" ".join(first)} <span style="{REST}">{rest}</span></div>'


def _box(outcome: Outcome) -> str:
    told = _safe(f"{outcome.name}: {outcome.state.words}")
    return f'<span title="{told}" style="{BOX};{BOXES[outcome.state]}">{outcome.state.value}</span>'


def _done(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.state is State.CORRECT for outcome in outcomes)


def _left(outcomes: Sequence[Outcome]) -> str:
    """Say which checks are not correct yet."""
    words = ""
    for state in (State.INCORRECT, State.NOT_ATTEMPTED):
        names = [outcome.name for outcome in outcomes if outcome.state is state]
        words += f"; {state.words}: {', '.join(names)}" if names else ""
    return words


def _safe(text: str) -> str:
    return html.escape(text)

"""Says in a few safe words what an answer is: no text of a learner's is trusted to be short.

Only plain values are shown as they are. Of anything else the type is named, so that no `__repr__`
of a learner's own is called: it may raise, take minutes, or write a whole tensor.
"""

from __future__ import annotations

from typing import Any

LONGEST = 700
"""Characters of a reason that are shown."""
WORD = 60
"""Characters of one value that are shown."""
ITEMS = 6
"""Entries of a list that are shown."""


def brief(text: Any, longest: int = LONGEST) -> str:
    """Return a text on one line, cut where it is too long, without half characters."""
    line = " ".join(str(text)[: 4 * longest].split())
    line = line.encode("utf-8", "replace").decode()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def kind(value: Any) -> str:
    """Return the name of a value's type, for instance "a list" or "an int"; "None" for None."""
    if value is None:
        return "None"
    name = brief(type.__dict__["__name__"].__get__(type(value)), WORD)
    return f"{'an' if name[:1].lower() in 'aeio' else 'a'} {name}"


def shown(value: Any) -> str:
    """Return a value in a few words: itself if it is plain and short, else what it is."""
    if value is None or type(value) in (bool, float):
        return repr(value)
    if type(value) is int:
        return repr(value) if value.bit_length() < 100 else "a huge int"
    if type(value) is str:
        return repr(value if len(value) <= WORD else f"{value[: WORD - 1]}…")
    if type(value) in (list, tuple):
        opening, closing = "[]" if type(value) is list else "()"
        more = ["…"] if len(value) > ITEMS else []
        plain = (_item(item) for item in value[:ITEMS])
        return brief(f"{opening}{', '.join([*plain, *more])}{closing}", 4 * WORD)
    return kind(value)


def listed(values: Any) -> str:
    """Return the first few of some plain values, with commas between; "nothing" if there is none.

    Args:
        values: Names, such as a dict's keys.
    """
    names = [shown(value) for _, value in zip(range(ITEMS + 1), values, strict=False)]
    more = ["…"] if len(names) > ITEMS else []
    return ", ".join([*names[:ITEMS], *more]) or "nothing"


def _item(value: Any) -> str:
    """Return an entry of a list in words; of a list in it, only how long that is."""
    if type(value) in (list, tuple):
        return f"{kind(value)} of {len(value)}"
    return shown(value)

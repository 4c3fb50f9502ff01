"""How large a JSON text becomes: as an object, ``{}`` takes thirty times its bytes."""

MARKS = b"[{,"
MOST_MARKS = 2_000_000
"""Brackets and commas in one text; a thousand cells of a notebook have some ten thousand."""


def marks(text: bytes) -> int:
    """Return how many brackets and commas a text holds: its parts, and a few more in strings."""
    return sum(text.count(mark) for mark in MARKS)

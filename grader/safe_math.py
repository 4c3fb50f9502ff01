"""Formulas in learners' text as MathML, which browsers show by themselves.

So neither page needs MathJax: a script from elsewhere, with macros that make links and styles. What
a formula may become is listed here, and written here; nothing else that the converter makes is.
"""

from __future__ import annotations

import html
import re
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

MAX_CHARACTERS = 2_000
"""The converter's time grows with the square of some formulas; the course's longest has 200."""

TAGS = frozenset(
    (
        *("math", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow"),
        *("mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext"),
        *("mtr", "munder", "munderover"),
    )
)
LENGTH = re.compile(r"-?\d{0,2}(\.\d{1,3})?(em|ex|pt|px)")
WORD = re.compile(r"[a-z]{1,20}(-[a-z]{1,20}){0,2}")
ATTRIBUTES = {
    **dict.fromkeys(("width", "minsize", "maxsize", "linethickness"), LENGTH),
    **dict.fromkeys(("accent", "displaystyle", "fence", "form", "largeop", "linebreak"), WORD),
    **dict.fromkeys(
        ("mathvariant", "movablelimits", "scriptlevel", "stretchy", "columnalign"), WORD
    ),
}
# The converter knows the environments that stand alone; inside a formula they look the same.
INNER = re.compile(r"\\(begin|end)\{(align|gather)ed\}")


def safe_math(tex: str, *, display: bool) -> str | None:
    """Return a formula as MathML of known tags and attributes, or None if it can't be converted.

    Args:
        tex: The formula without its delimiters.
        display: Whether it stands on a line of its own.
    """
    if len(tex) > MAX_CHARACTERS:
        return None
    try:
        root = convert_to_element(INNER.sub(r"\\\1{\2*}", tex))
        written = "".join(map(_written, root))
    except Exception:
        # The converter fails in ways of its own on text that isn't TeX, down to RecursionError.
        return None
    if "\\" in written:  # a macro that it doesn't know
        return None
    shown = "block" if display else "inline"
    source = f'<annotation encoding="application/x-tex">{html.escape(tex)}</annotation>'
    return f'<math display="{shown}"><semantics><mrow>{written}</mrow>{source}</semantics></math>'


def _written(element: Element) -> str:
    if element.tag not in TAGS:
        raise ValueError(f"no such tag in a formula: {element.tag}")
    attributes = "".join(
        f' {name}="{value}"'
        for name, value in element.attrib.items()
        if name in ATTRIBUTES and ATTRIBUTES[name].fullmatch(value)
    )
    # The converter writes some characters as references: they are read once, and written safely.
    text = html.escape(html.unescape(element.text or ""))
    inner = text + "".join(map(_written, element))
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"

"""Pictures as HTML that needs nothing else: words for who can't see it, CircuitsVis inside it.

JupyterLab shows a PNG output without its alt text; inside HTML the words stay with the picture.
An interactive figure carries its whole script, packed, for it must live in an output frame alone
(Colab's) and without a network. What can't run scripts shows the still picture that stands first.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
import re
import zlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

MASKED = "·"


def still(png: bytes, alt: str, width: int) -> str:
    """Return a picture as an image element.

    Args:
        png: The picture.
        alt: What it shows, in words.
        width: How wide it is shown, in CSS pixels, where there is room.
    """
    image = base64.b64encode(png).decode("ascii")
    return (
        f'<img src="data:image/png;base64,{image}" width="{width}" alt="{html.escape(alt)}" '
        'style="max-width: 100%; height: auto">'
    )


def attention_heads(
    heads: np.ndarray, tokens: Sequence[str], *, image: str, alt: str, brightest: float
) -> str:
    """Return causal attention as a figure: a still image, CircuitsVis over it, and the numbers.

    Args:
        heads: Attention ``[head query key]``.
        tokens: The words at the positions.
        image: The still picture, as `still` writes it.
        alt: What the picture shows, in words.
        brightest: Attention at and above this is drawn in the strongest colour.

    Raises:
        FileNotFoundError: CircuitsVis isn't installed with its script.
    """
    component, properties = (
        "AttentionHeads",
        {
            "attention": heads.tolist(),
            "attentionHeadNames": [f"head {index}" for index in range(len(heads))],
        },
    )
    if len(heads) == 1:  # nothing to choose from
        component, properties = "AttentionPattern", {"attention": heads[0].tolist(), "zoomed": True}
    shown = {"tokens": list(tokens), "minValue": 0.0, "maxValue": brightest, "maskUpperTri": True}
    name = hashlib.sha256(json.dumps([properties, shown, alt]).encode()).hexdigest()[:12]
    packed = _packed_library()
    shelf = f"glasslab {hashlib.sha256(packed.encode()).hexdigest()[:12]}"
    arguments = json.dumps([name, component, properties | shown, alt, shelf, packed])
    # In JSON, "<" stands in strings only: so no token can close the script.
    call = f"({_own_script()})(...{arguments.replace('<', chr(92) + 'u003c')})"
    return (
        f'<figure data-glasslab="{name}" aria-label="{html.escape(alt)}" style="margin: 0">{image}'
        f"{_numbers(heads, tokens)}</figure><script>{call}</script>"
    )


def _numbers(heads: np.ndarray, tokens: Sequence[str]) -> str:
    """Return tables of all heads, behind a line that opens them: for who can't see or point."""
    words = [html.escape(token) for token in tokens]
    header = "".join(f'<th scope="col">{word}</th>' for word in words)
    tables = []
    for index, head in enumerate(heads):
        rows = []
        for query, weights in enumerate(head):
            cells = "".join(
                f"<td>{f'{weight:.2f}' if key <= query else MASKED}</td>"
                for key, weight in enumerate(weights)
            )
            rows.append(f'<tr><th scope="row">{words[query]}</th>{cells}</tr>')
        tables.append(
            f'<table><caption style="text-align: left">head {index}: a row for each query, '
            "a column for each key</caption>"
            f"<thead><tr><td></td>{header}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )
    return (
        '<details style="margin: 8px 0"><summary>The numbers, as a table</summary>'
        '<div role="region" aria-label="attention in numbers" tabindex="0" '
        f'style="overflow-x: auto">{"".join(tables)}</div></details>'
    )


@functools.cache
def _own_script() -> str:
    """Return the function that unpacks the library, without its comments."""
    source = Path(__file__).with_name("figures.js").read_text(encoding="utf-8")
    return re.sub(r"^ *(//.*)?\n", "", source, flags=re.MULTILINE).rstrip()


@functools.cache
def _packed_library() -> str:
    """Return CircuitsVis' script, deflated and in base64: a third of its size, and the same always.

    Packed once a process: it takes a twentieth of a second.
    """
    spec = find_spec("circuitsvis")  # where it lies; importing it takes longer
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise FileNotFoundError(
            "CircuitsVis isn't installed; `glasslab doctor` says how to mend it."
        )
    library = (Path(places[0]) / "dist" / "cdn" / "iife.js").read_text(encoding="utf-8")
    library = re.sub(r"^//# sourceMappingURL=.*$", "", library, flags=re.MULTILINE)
    return base64.b64encode(zlib.compress(library.strip().encode())).decode("ascii")

"""From a unit's notebook to a page: MyST Markdown, and the files that lie beside it."""

from __future__ import annotations

import base64
import hashlib
import html
import posixpath
import re
from dataclasses import dataclass, field
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode

from grader.colab import FIRST_CELL_ID, RELEASED, Hosting
from grader.course import STUB
from grader.errors import GraderError

TITLE = re.compile(r"\A\s*# +(.+?)\s*$\n?", re.M)
UNIT = re.compile(r"(?:\.\./)?(\d\d_\w+)/\1\.ipynb((?:#.*)?)")
LINK = re.compile(
    r"^(?P<fence>`{3,}).*?^(?P=fence)`*$|(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)"
    r"|\$\$.*?\$\$|\$[^$\n]+\$"
    r"|(?<!!)\[(?P<words>[^\]]+)\]\((?![a-z]+:|#)(?P<to>[^)\s]+)\)",
    re.M | re.S,
)
"""A relative link; or code or a formula, in which brackets before parentheses are none."""
EXPECTED = "-expected"
"""How `grader.editions.self_study` ends the id of the cell that holds another cell's outputs."""
DOTS_A_PIXEL = 1.6
"""Pictures are drawn for dense screens, and shown smaller (see `glasslab.views`)."""

WORDS = """\
**This is the course to read.** Each exercise comes with its hints and a solution to open, each
cell with what it showed in our run, folded away until you want it: guess first, then look. To *do*
the course, take a unit's notebook with you: the links are at the top of its page.
"""
FRAME = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title>
<style>body {{ margin: 0; padding: 8px; background: #fff; color: #000; display: flow-root;
font-family: system-ui, sans-serif }} img {{ max-width: 100%; height: auto }}</style>
</head>
<body>
<main>
{figure}
</main>
<script>
new ResizeObserver(() => parent.postMessage({{ figureHeight: document.body.offsetHeight }}, "*"))
  .observe(document.body);
</script>
</body>
</html>
"""


@dataclass
class Page:
    """One page of the site."""

    name: str
    """Its address without ``.html``."""
    text: str = ""
    """MyST Markdown."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What it shows or offers beside the text, by path."""


def unit_page(
    name: str, source: NotebookNode, edition: NotebookNode, hosting: Hosting | None
) -> Page:
    """Return a unit's page.

    Args:
        name: The unit.
        source: Its source notebook, for the outputs.
        edition: Its self-study edition: the text, the stubs and the solutions; offered as it is.
        hosting: Where on GitHub the course lies, if it does: there Colab finds the notebook.

    Raises:
        GraderError: the notebook doesn't begin with a title.
    """
    first = next((cell for cell in edition.cells if cell.cell_type == "markdown"), None)
    title = TITLE.match(first.source) if first else None
    if title is None:
        raise GraderError(
            f"{name}: the first text of the notebook should begin with a title, '# …'."
        )
    outputs = {
        f"{cell.id}{EXPECTED}"[:64]: cell.outputs
        for cell in source.cells
        if cell.cell_type == "code"
    }
    notebook = f"notebooks/{name}.ipynb"
    page = Page(name, files={notebook: nbformat.writes(edition).encode()})
    released = f"{RELEASED}/{name}/{name}.ipynb"
    blocks = [
        f"# {title[1]}",
        _taken_along(notebook, hosting.notebook_address(released) if hosting else None),
    ]
    for cell in edition.cells:
        if cell.id == FIRST_CELL_ID:  # of no use to a reader
            continue
        if cell.id in outputs:
            blocks.append(_shown(outputs[cell.id], page))
        elif cell.cell_type == "code":
            blocks.append(_code(cell.source))
        else:
            text = cell.source[title.end() :] if cell is first else cell.source
            blocks.append(_linked(text, hosting, f"{RELEASED}/{name}"))
    page.text = "\n\n".join(block for block in blocks if block.strip()) + "\n"
    return page


def landing_page(readme: str, parts: dict[str, list[str]], hosting: Hosting | None) -> Page:
    """Return the page that the site opens with: the map of the course, and the list of units.

    Args:
        readme: The course's own first page, Markdown that begins with its title.
        parts: The units of each part, by the part's name.
        hosting: Where on GitHub the course lies, if it does.

    Raises:
        GraderError: the text doesn't begin with a title.
    """
    title = TITLE.match(readme)
    if title is None:
        raise GraderError("course/README.md should begin with a title, '# …'.")
    body = _linked(readme[title.end() :], hosting, RELEASED)
    blocks = [f"# {title[1]}", WORDS, body]
    for part, units in parts.items():
        blocks.append("```{toctree}\n:hidden:\n:caption: " + part + "\n\n" + "\n".join(units))
        blocks[-1] += "\n```"
    return Page("index", "\n\n".join(blocks) + "\n")


def _taken_along(notebook: str, colab: str | None) -> str:
    links = [f'<a href="{notebook}" download>Download this notebook</a>']
    if colab is not None:
        links.append(f'<a href="{html.escape(colab)}">Open in Colab</a>')
    return f'<p class="taken-along">{" ".join(links)}</p>'


def _linked(text: str, hosting: Hosting | None, folder: str) -> str:
    """Lead links between units to their pages, others to the repository; or leave their words."""

    def lead(link: re.Match[str]) -> str:
        if link["to"] is None:  # code, or a formula
            return link[0]
        if unit := UNIT.fullmatch(link["to"]):
            return f"[{link['words']}]({unit[1]}.md{unit[2]})"
        if hosting is None:
            return link["words"]
        path = quote(posixpath.normpath(f"{folder}/{link['to']}"), safe="/#")
        where = f"{hosting.repository}/blob/{quote(hosting.branch)}/{path}"
        return f"[{link['words']}](https://github.com/{where})"

    return LINK.sub(lead, text)


def _code(source: str) -> str:
    turn = ":class: your-turn\n" if STUB in source else ""
    return _fenced(source, "{code-block} ipython3", turn + "\n")


def _shown(outputs: list[NotebookNode], page: Page) -> str:
    """Return what a cell shows, folded; its pictures become files of the page."""
    parts = []
    for output in outputs:
        data = output.get("data", {})
        words, markup = data.get("text/plain", ""), data.get("text/html", "")
        alive = "<script" in markup  # still pictures come as HTML too: an image with its words
        if alive:
            parts.append(_figure(markup, words, page))
        if "image/png" in data:
            png = base64.b64decode(data["image/png"])
            parts.append(_picture(png, words, page, on_paper=alive))
        elif markup and not alive:
            parts.append(_fenced(markup, "{raw} html", "\n"))
        elif not alive and (output.output_type == "stream" or words):
            parts.append(_fenced(output.get("text") or words, "text"))
    return "\n\n".join(
        (
            '<details class="shown"><summary>What this cell shows in our run</summary>',
            *parts,
            "</details>",
        )
    )


def _figure(figure: str, alt: str, page: Page) -> str:
    """Return a frame for an interactive figure: it loads, script and all, when it is looked at."""
    document = FRAME.format(title=html.escape(alt[:80]), figure=figure).encode()
    path = _kept(document, "figures", "html", page)
    title = html.escape(" ".join(alt.split()))
    return f'<iframe class="figure" src="{path}" title="{title}" loading="lazy"></iframe>'


def _picture(png: bytes, alt: str, page: Page, *, on_paper: bool) -> str:
    """Return a still picture: on paper only, where a screen has the interactive figure."""
    path = _kept(png, "pictures", "png", page)
    # Bytes 16..24 of a PNG are its width and height.
    width, height = (
        round(int.from_bytes(png[at : at + 4], "big") / DOTS_A_PIXEL) for at in (16, 20)
    )
    where = "picture on-paper" if on_paper else "picture"
    words = html.escape(" ".join(alt.split()))
    return (
        f'<p class="{where}"><img src="{path}" alt="{words}" '
        f'width="{width}" height="{height}" loading="lazy"></p>'
    )


def _kept(content: bytes, folder: str, suffix: str, page: Page) -> str:
    path = f"{folder}/{hashlib.sha256(content).hexdigest()[:16]}.{suffix}"
    page.files[path] = content
    return path


def _fenced(text: str, language: str, options: str = "") -> str:
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{options}{text.rstrip()}\n{fence}"

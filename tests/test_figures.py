"""Figures live wherever a script may run, alone and offline; elsewhere their still picture stays.

In real frontends, in a real browser: JupyterLab and Notebook on one server, an exported page, an
output frame cut off as Colab's. And all eyes can tell what the colours tell.
"""

from __future__ import annotations

import base64
import html
import itertools
import json
import re
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import numpy as np
import pytest
import torch
from browsing import LAPTOP, PHONE, chromium, grave_findings, visit
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from nbconvert import HTMLExporter
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook, new_output
from notebook_server import notebook_server
from playwright.sync_api import Browser, Frame, Page, expect

from glasslab import figures, views
from glasslab.gallery import Gallery

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(ROOT.glob("solutions/*/*.ipynb"))
MOST_BYTES = 3_000_000

TWO_HEADS = (
    "views.attention(torch.stack([torch.eye(6), torch.tril(torch.ones(6, 6)) / 6]), 'abcdef')"
)
ONE_HEAD = "views.attention(torch.eye(6), 'abcdef')"
LINES = "views.lines({'a': [1, 2, 4]}, title='Squares', x='n', y='2^n')"
SOURCES = (f"import torch\nfrom glasslab import views\n{TWO_HEADS}", TWO_HEADS, ONE_HEAD, LINES)


def bundle(source: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what a cell with this source stores."""
    return eval(source, {"views": views, "torch": torch})._repr_mimebundle_()  # noqa: S307


def notebook() -> nbformat.NotebookNode:
    """Return a notebook as a learner saves it: the same figure twice, another, and a still one."""
    cells = []
    for number, source in enumerate(SOURCES, 1):
        data, metadata = bundle(source.splitlines()[-1])
        shown = new_output("execute_result", data, metadata=metadata, execution_count=number)
        cells.append(new_code_cell(source, outputs=[shown], execution_count=number))
    made = new_notebook(cells=cells)
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with JupyterLab and Notebook, its notebooks signed and unsigned; a URL to fill."""
    root = tmp_path_factory.mktemp("jupyter")
    work, own = root / "work", root / "own"
    signatures = own / "jupyter_data_dir"
    for folder in (work, signatures):
        folder.mkdir(parents=True)
    saved = notebook()
    nbformat.write(saved, work / "unsigned.ipynb")
    # A notebook's signature tells its outputs apart, so this one has to differ.
    saved.cells[0].source = f"# signed\n{saved.cells[0].source}"
    nbformat.write(saved, work / "signed.ipynb")
    NotebookNotary(data_dir=str(signatures)).sign(saved)
    with notebook_server("jupyter_server", work, own) as address:
        yield address


def assert_lives(place: Page | Frame, number: int = 0) -> None:
    """The figure is there, has a size, and tells more of what is pointed at."""
    figure = place.locator("figure").nth(number)
    figure.scroll_into_view_if_needed()
    canvas = figure.locator("canvas").last
    expect(figure).to_have_attribute("data-alive", "yes", timeout=90_000)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None and box["width"] > 200 and box["height"] > 200
    # Chart.js sizes a canvas after it is there.
    place.wait_for_timeout(300)
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    canvas.hover(position={"x": box["width"] * 0.5, "y": box["height"] * 0.5})
    for _ in range(50):
        if canvas.evaluate("canvas => canvas.toDataURL()") != before:
            return
        place.wait_for_timeout(100)
    pytest.fail("pointing at the picture changed nothing")


def assert_still(place: Page | Frame, figure_count: int) -> None:
    """The still pictures are what is shown, with their words, and nothing is blank."""
    images = place.locator("img[alt^='Heat map']")
    expect(images).to_have_count(figure_count)
    for image in images.all():
        image.scroll_into_view_if_needed()
        box = image.bounding_box()
        assert box is not None and box["width"] > 200 and box["height"] > 200
    assert place.locator("canvas").count() == 0


def run_all(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def test_jupyterlab_shows_the_still_picture_until_the_learner_runs_the_cell(
    browser: Browser, jupyter: str
) -> None:
    with visit(browser, LAPTOP) as visited:
        page = visited.page
        page.goto(jupyter.format("lab/tree/unsigned.ipynb"))
        page.locator("img[alt^='Heat map']").first.wait_for(timeout=60_000)
        assert_still(page, 3)
        assert page.locator("img[alt^='Lines “Squares”']").count() == 1
        run_all(page)
        for number in range(3):
            assert_lives(page, number)
        ids = page.locator(".glasslab-stage").evaluate_all("stages => stages.map((one) => one.id)")
        assert len(set(ids)) == 3
        page.get_by_role("button", name="Show head 1").nth(1).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("head 1 Zoomed")).to_be_visible()
        assert page.locator(".jp-mod-editMode").count() == 0, "the key was meant for the figure"
        assert not [url for url in visited.asked_elsewhere if "circuitsvis" in url]


@pytest.mark.parametrize("frontend", ["lab/workspaces/another/tree", "notebooks"])
def test_a_trusted_notebook_opens_with_living_figures(
    browser: Browser, jupyter: str, frontend: str
) -> None:
    with visit(browser, LAPTOP) as visited:
        page = visited.page
        page.goto(jupyter.format(f"{frontend}/signed.ipynb"))
        page.locator("figure").first.wait_for(timeout=60_000)
        for number in (0, 2):
            assert_lives(page, number)
        if frontend == "notebooks":
            run_all(page)
            page.locator("figure[data-alive=yes]").first.wait_for(state="detached")
            assert_lives(page, 1)


def test_an_exported_page_lives_offline(browser: Browser, tmp_path: Path) -> None:
    page_of, _ = HTMLExporter().from_notebook_node(notebook())
    (tmp_path / "figures.html").write_text(page_of, encoding="utf-8")
    with visit(browser, PHONE) as visited:
        visited.page.goto((tmp_path / "figures.html").as_uri())
        for number in range(3):
            assert_lives(visited.page, number)
        stages = visited.page.locator(".glasslab-stage")
        assert len(set(stages.evaluate_all("stages => stages.map((one) => one.id)"))) == 3
        # nbconvert's own template asks for MathJax and RequireJS; no figure asks for anything.
        assert all("cdnjs.cloudflare.com" in url for url in visited.asked_elsewhere)


def test_an_output_lives_alone_in_a_frame_of_another_origin(browser: Browser) -> None:
    with visit(browser, LAPTOP) as visited:
        page = visited.page
        data, _ = bundle(TWO_HEADS)
        frame = (
            '<iframe sandbox="allow-scripts" style="width: 49%; height: 700px; border: 0" '
            f'srcdoc="{html.escape(data["text/html"])}"></iframe>'
        )
        page.set_content(frame * 2)
        assert len(page.frames) == 3
        for inner in page.frames[1:]:
            assert inner.evaluate("origin") == "null"
            assert_lives(inner)
            second = inner.get_by_role("button", name="Show head 1")
            second.focus()
            page.keyboard.press("Enter")
            expect(inner.get_by_text("head 1 Zoomed")).to_be_visible()
        assert visited.asked_elsewhere == [] and visited.errors == []


def page_with(source: str, style: str = "") -> str:
    return (
        "<!doctype html><html lang=en><title>A figure</title>"
        f'<body style="{style}"><main><h1>A figure</h1>{bundle(source)[0]["text/html"]}</main>'
    )


LACKING = {
    "scripts": "",
    "the means to unpack": "delete globalThis.DecompressionStream",
    "the means to insert": "document.head.append = () => { throw Error('no') }",
    "the means to draw": "HTMLCanvasElement.prototype.getContext = () => { throw Error('no') }",
}


@pytest.mark.parametrize("lacking", LACKING)
def test_the_still_picture_stays_where_nothing_can_live(browser: Browser, lacking: str) -> None:
    with visit(browser, java_script_enabled=lacking != "scripts") as visited:
        script = f"<head><script>{LACKING[lacking]}</script>"
        visited.page.set_content(page_with(TWO_HEADS).replace("<title>", f"{script}<title>"))
        visited.page.wait_for_timeout(1500)
        assert_still(visited.page, 1)
        assert visited.page.locator("details").count() == 1


@pytest.mark.parametrize("style", ["", "background: #111; color: #eee"], ids=["light", "dark"])
def test_nothing_keeps_anyone_out_of_a_figure(browser: Browser, style: str) -> None:
    with visit(browser, PHONE) as visited:
        visited.page.set_content(page_with(TWO_HEADS, style))
        assert_lives(visited.page)
        visited.page.get_by_text("The numbers, as a table").click()
        expect(visited.page.locator("td").first).to_be_visible()
        assert grave_findings(visited.page) == []
        outline = visited.page.get_by_role("heading").all_inner_texts()
        assert outline == ["A figure"], "the figure's own words are not the page's headings"
        wide = visited.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE[0], "a phone would have to scroll sideways"


def test_the_library_inside_is_circuitsvis_whole_and_the_same_each_time() -> None:
    data, _ = bundle(ONE_HEAD)
    arguments = json.loads("[" + data["text/html"].rpartition("(...[")[2][: -len(")</script>")])
    library = zlib.decompress(base64.b64decode(arguments[-1])).decode()
    assert library.startswith('"use strict";var CircuitsVis=') and len(library) > 1_000_000
    figures._packed_library.cache_clear()
    assert bundle(ONE_HEAD)[0] == data
    assert len(data["text/html"]) < 600_000


class Images(HTMLParser):
    """Collects the words of every image of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.feed(re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.words.append(dict(attrs).get("alt") or "")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_saved_notebook_is_small_and_every_picture_in_it_has_words(path: Path) -> None:
    assert path.stat().st_size < MOST_BYTES
    pictures = 0
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            shown = Images(data.get("text/html", "")).words
            assert all(len(words) > 20 for words in shown), f"{cell.id}: an image without words"
            if "image/png" in data:
                pictures += 1
                # Frontends differ in which of the two they show.
                assert shown, f"{cell.id}: JupyterLab shows this picture without its words"
                assert output.metadata["image/png"]["alt"] == data["text/plain"] == shown[0]
    assert pictures


# Colours. Simulated as Machado, Oliveira and Fernandes (2009), "A physiologically-based model for
# simulation of color vision deficiency", table 1 at severity 1.0; on linear sRGB.
EYES = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
APART = 15.0
"""In CIELAB (CIE76), where 2.3 is just noticed; ours are 17 apart at least."""


def linear(colours: Any) -> np.ndarray:
    """Return colours ``[… RGB]`` (0 to 1, sRGB) as light, by IEC 61966-2-1."""
    values = np.asarray(colours, dtype=float)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(colours: Any) -> np.ndarray:
    """Return WCAG's relative luminance."""
    return linear(colours) @ [0.2126, 0.7152, 0.0722]


def contrast(one: Any, other: Any) -> float:
    """Return WCAG's contrast ratio of two colours."""
    dark, light = sorted([float(luminance(one)), float(luminance(other))])
    return (light + 0.05) / (dark + 0.05)


def lab(colours: Any, eye: str) -> np.ndarray:
    """Return colours as an eye sees them, in CIELAB (D65)."""
    seen = np.clip(linear(colours) @ np.asarray(EYES[eye]).T, 0, 1)
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    xyz = seen @ np.asarray(to_xyz).T / [0.95047, 1.0, 1.08883]
    x, y, z = np.moveaxis(
        np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116), -1, 0
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def shades(name: str) -> np.ndarray:
    return matplotlib.colormaps[name](np.linspace(0, 1, 65))[:, :3]


@pytest.mark.parametrize("eye", EYES)
def test_every_eye_tells_series_and_signs_apart(eye: str) -> None:
    seen = lab([to_rgb(colour) for colour in views.COLOURS], eye)
    for one, other in itertools.combinations(range(len(seen)), 2):
        assert np.linalg.norm(seen[one] - seen[other]) > APART, views.COLOURS[one :: other - one]
    below, above = np.split(lab(shades(views.DIVERGING), eye), [32])
    assert np.linalg.norm(below[8] - above[-9]) > 2 * APART, "half of the way to either end"


@pytest.mark.parametrize("eye", EYES)
def test_more_is_darker_for_every_eye(eye: str) -> None:
    lightness = lab(shades(views.SEQUENTIAL), eye)[:, 0]
    assert np.all(np.diff(lightness) < 0)
    assert lightness[0] - lightness[-1] > 60
    lightness = lab(shades(views.DIVERGING), eye)[:, 0]
    # Pale at 0, and darker with every step from there, on both sides.
    assert np.all(np.diff(lightness[:32]) > 0) and np.all(np.diff(lightness[33:]) < 0)


def test_series_stand_out_from_the_paper_and_text_can_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for colour in views.COLOURS:
        assert contrast(to_rgb(colour), to_rgb("white")) >= 3, f"{colour} (WCAG 1.4.11)"
    drawn: list[Figure] = []
    paint = views._png
    monkeypatch.setattr(views, "GALLERY", Gallery())
    monkeypatch.setattr(views, "_png", lambda figure: drawn.append(figure) or paint(figure))
    for source in (TWO_HEADS, LINES):
        bundle(source)
    axes: Any = {"title": "T", "x": "x", "y": "y"}
    views.bars({"a": [1], "b": [2]}, x_ticks=["q"], **axes)
    views.heatmap([[0.0, 1.5], [-2.0, 0.5]], colour="c", diverging=True, **axes)
    views.scatter({"a": ([1], [2]), "b": ([2], [3])}, line=(1, 0), **axes)
    assert len(drawn) == 5
    for figure in drawn:
        paper = to_rgb(figure.get_facecolor())
        for text in figure.findobj(Text):
            assert isinstance(text, Text)
            assert contrast(to_rgb(text.get_color()), paper) >= 4.5, text.get_text()

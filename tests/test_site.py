"""The website of the course, built once, and read in a real browser without a network."""

import contextlib
import functools
import io
import json
import re
import sys
import threading
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from browsing import LAPTOP, PHONE, chromium, grave_findings, visit

from grader.cli import main
from grader.colab import Hosting
from grader.course import Course
from grader.editions import self_study
from grader.site.pages import landing_page, unit_page

COURSE = Course.default()
UNITS = COURSE.units()
PAGES = ["index", "search", *UNITS]
FIGURES = "03_attention"
HOSTING = Hosting("someone/glass-lab", "main")
# MyST-Parser's own, about a Sphinx that isn't out yet.
pytestmark = pytest.mark.filterwarnings("ignore:'myst_parser:PendingDeprecationWarning")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the site by its command; return its folder and what was printed."""
    folder = tmp_path_factory.mktemp("public") / "site"
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main(["site", "--to", str(folder), "--json"]) == 0
    return folder, json.loads(said.getvalue())


@pytest.fixture(scope="module")
def address(built):
    """Serve the site as any web server would, from this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=built[0]))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


class Reader(HTMLParser):
    """What a page says of itself: headings, ids, links, pictures, and what it loads."""

    def __init__(self, page):
        super().__init__()
        self.headings, self.ids, self.links, self.pictures, self.loads = [], set(), [], [], []
        self.lang, self.title, self._in_title = None, "", False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids.add(found.get("id"))
        if tag == "html":
            self.lang = found.get("lang")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag == "img":
            self.pictures.append(found)
        if tag in ("img", "script", "iframe") and found.get("src"):
            self.loads.append(found["src"])
        if tag == "link" and found.get("rel") == "stylesheet":
            self.loads.append(found["href"])
        self._in_title = tag == "title"

    def handle_endtag(self, tag):
        self._in_title = False

    def handle_data(self, data):
        if self._in_title:
            self.title += data


@pytest.fixture(scope="module")
def read(built):
    return {page.stem: Reader(page.read_text(encoding="utf-8")) for page in built[0].glob("*.html")}


def test_every_unit_has_a_page_and_nothing_was_odd(built):
    folder, told = built
    assert told == {"folder": str(folder), "pages": len(UNITS) + 1, "warnings": []}
    assert {page.stem for page in folder.glob("*.html")} == set(PAGES)
    text = "".join(page.read_text(encoding="utf-8") for page in folder.rglob("*.*html"))
    for hidden in ("HIDDEN TESTS", "grader.hidden", "MARK SCHEME", "BEGIN SOLUTION"):
        assert hidden not in text


def test_pages_are_in_order(read):
    for name, page in read.items():
        assert page.lang == "en" and "Glass Lab" in page.title, name
        assert page.headings.count(1) == 1 and page.headings[0] == 1, name
        steps = zip(page.headings, page.headings[1:])
        assert all(below <= above + 1 for above, below in steps), (name, page.headings)
        for picture in page.pictures:
            assert len(picture["alt"]) > 20 and picture["width"] and picture["height"], name
    titles = [page.title for page in read.values()]
    assert len(set(titles)) == len(titles)


def test_links_lead_somewhere_and_nothing_loads_from_elsewhere(built, read):
    for name, page in read.items():
        assert not [each for each in page.loads if urlsplit(each).netloc], name
        for link in (*page.links, *page.loads):
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                continue
            path = unquote(parts.path) or f"{name}.html"
            assert (built[0] / path).is_file(), (name, link)
            if parts.fragment and path.endswith(".html"):
                assert unquote(parts.fragment) in read[Path(path).stem].ids, (name, link)
    for unit in UNITS:
        assert f"{unit}.html" in read["index"].links


def test_hints_solutions_and_outputs_are_folded_behind_exercises(built):
    page = (built[0] / f"{FIGURES}.html").read_text(encoding="utf-8")
    edition = nbformat.read(built[0] / "notebooks" / f"{FIGURES}.ipynb", 4)
    folded = sum(cell.source.count("<details") for cell in edition.cells)
    assert page.count("<details") == page.count("</details>") == folded > 60
    assert "<summary>Hint 1</summary>" in page and "<summary>Solution</summary>" in page
    assert page.count("<math ") > 50 and "$$" not in page
    assert "your-turn" in page


def test_the_notebook_at_hand_is_the_self_study_edition(built):
    source = nbformat.read(COURSE.source_of("01_data"), 4)
    taken = nbformat.read(built[0] / "notebooks" / "01_data.ipynb", 4)
    assert taken == self_study(source, COURSE.nbgrader_config())


def test_colab_is_offered_where_a_repository_is_known():
    source = nbformat.read(COURSE.source_of("01_data"), 4)
    edition = self_study(source, COURSE.nbgrader_config())
    alone, hosted = (unit_page("01_data", source, edition, each).text for each in (None, HOSTING))
    assert "colab.research" not in alone
    where = "github/someone/glass-lab/blob/main/course/01_data/01_data.ipynb"
    assert f'<a href="https://colab.research.google.com/{where}">Open in Colab</a>' in hosted


def test_links_are_led_to_pages_and_code_is_left_alone():
    readme = (
        "# Map\n\n[One](01_data/01_data.ipynb#a) [far](https://x.example) [docs](../docs/a.md) "
        "`f[a](b)` $g[a](b)$\n\n```python\nh[a](b)\n```\n"
    )
    text = landing_page(readme, {"Part": ["01_data"]}, None).text
    assert "[One](01_data.md#a) [far](https://x.example) docs " in text
    assert "`f[a](b)` $g[a](b)$" in text and "\nh[a](b)\n" in text
    text = landing_page(readme, {}, HOSTING).text
    assert "[docs](https://github.com/someone/glass-lab/blob/main/docs/a.md)" in text


def test_only_a_site_is_replaced(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work")
    assert main(["site", "--to", str(tmp_path)]) == 1
    assert "--to" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_is_missing_is_said_in_a_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.delitem(sys.modules, "grader.site.build", raising=False)
    for name in ("sphinx", "sphinx.application"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["site", "--to", str(tmp_path / "site")]) == 1
    assert "pip install -e '.[grading,site]'" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("name", PAGES)
def test_no_page_asks_another_machine(browser, address, name):
    with visit(browser, PHONE) as seen:
        seen.page.goto(f"{address}/{name}.html", wait_until="networkidle")
        assert not seen.asked_elsewhere and not seen.errors
        wide = seen.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, "the page is wider than a phone"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["index.html", "00_orientation.html", "search.html?q=softmax"])
def test_nobody_is_kept_out(browser, address, path, scheme):
    size = PHONE if scheme == "dark" else LAPTOP
    with visit(browser, size, color_scheme=scheme) as seen:
        seen.page.goto(f"{address}/{path}", wait_until="networkidle")
        if path.startswith("search"):
            seen.page.wait_for_selector("ul.search li a")
        # Folded text isn't judged; opening some of each kind is enough.
        seen.page.evaluate(
            "[...document.querySelectorAll('article details')].slice(0, 12)"
            ".forEach((each) => each.open = true)"
        )
        seen.page.wait_for_timeout(
            500
        )  # what is opened says so, and is made reachable, a little later
        assert grave_findings(seen.page) == []
        assert not seen.asked_elsewhere and not seen.errors
        if not path.startswith("search"):
            seen.page.keyboard.press("Tab")
            while "skip-to-content" not in seen.page.evaluate("document.activeElement.className"):
                assert "sidebar-toggle" in seen.page.evaluate("document.activeElement.className")
                seen.page.keyboard.press("Tab")
            seen.page.keyboard.press("Enter")
            assert seen.page.url.endswith("#furo-main-content")


def test_figures_are_alive_once_they_are_opened(browser, address):
    with visit(browser) as seen:
        page = seen.page
        page.goto(f"{address}/{FIGURES}.html")
        assert {frame.url for frame in page.frames[1:]} <= {"", "about:blank"}, "loaded too soon"
        fold = page.locator("details.shown", has=page.locator("iframe")).first
        fold.locator("summary").first.click()
        frame = fold.locator("iframe").content_frame
        drawn = frame.locator("[id^=circuits-vis] *:visible").last
        drawn.wait_for()
        page.wait_for_function("document.querySelector('iframe.figure').style.height !== ''")
        height = fold.locator("iframe").evaluate("(frame) => frame.offsetHeight")
        assert 200 < height < 2000
        assert frame.locator("body").evaluate("(body) => body.offsetHeight") <= height + 1
        assert frame.locator("canvas, svg").count() > 0
        assert not seen.asked_elsewhere and not seen.errors


def test_search_finds_a_word_and_leads_to_it(browser, address):
    with visit(browser) as seen:
        page = seen.page
        page.goto(f"{address}/index.html")
        page.get_by_role("textbox", name="Search").fill("counterexample")
        page.keyboard.press("Enter")
        found = page.locator("ul.search li a")
        found.first.wait_for()
        page.get_by_text("Search finished").wait_for()
        assert any("06_proof" in (link.get_attribute("href") or "") for link in found.all())
        found.first.click()
        page.wait_for_load_state()
        assert "counterexample" in page.content().lower()
        assert not seen.asked_elsewhere and not seen.errors


def test_the_menu_of_a_phone_opens_by_keyboard(browser, address):
    with visit(browser, PHONE) as seen:
        page = seen.page
        page.goto(f"{address}/01_data.html")
        unit = page.locator(".sidebar-tree a", has_text="02 ·")
        assert not unit.is_visible(), "what is out of sight must not be reached either"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "__navigation"
        page.keyboard.press("Space")
        unit.wait_for()
        unit.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/02_training.html")


def test_all_outputs_open_at_once(browser, address):
    with visit(browser, PHONE) as seen:
        page = seen.page
        page.goto(f"{address}/01_data.html")
        page.get_by_role("button", name="Open what cells show").click()
        assert page.locator("details.shown:not([open])").count() == 0
        page.get_by_role("button", name="Fold what cells show").click()
        assert page.locator("details.shown[open]").count() == 0

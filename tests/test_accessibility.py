"""What keeps people out of a text: headings, pictures, links, tables, folds, colours, waiting.

Hints are rendered as learners' programs do: by the marked that JupyterLab and Notebook bring (and
Colab is built on), in a real browser, and by markdown-it, as in VS Code.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from browsing import chromium, visit
from IPython.core.inputtransformer2 import TransformerManager
from markdown_it import MarkdownIt
from markdown_it.token import Token

from grader.course import Course
from grader.editions import self_study

ROOT = Path(__file__).resolve().parents[1]
COURSE = Course.default()
UNITS = COURSE.units()
ROOMS = ("course", "solutions", "self-study")
FOLDERS = (".", "course", "docs", *(f"data/{path.name}" for path in (ROOT / "data").glob("*/")))
DOCUMENTS = [
    str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).glob("*.md")
]
MARKDOWN = MarkdownIt("commonmark").enable("table")

VAGUE = {"here", "this", "link", "this link", "click here", "click", "more", "read more"}
COLOURS = re.compile(r"\b(red|green|blue|orange|purple|yellow|pink|violet|brown)\b", re.I)
HTML_TAGS = re.compile(r"<(/?)(\w+)([^<>]*)>")
PLAIN_HTML = {"details", "summary", "b", "i", "em", "strong", "sub", "sup", "br"}
FOLD = re.compile(r"<details>(?=<summary>\S.*?</summary>\n\n)")
UNFOLD = re.compile(r"(?<=\n\n)</details>$", re.M)
CODE_OR_MATH = re.compile(r"(`+).*?\1|\$\$.+?\$\$|\$[^$\n]+\$", re.S)


@dataclass(frozen=True)
class Text:
    """Pieces of Markdown that are read one after the other: a document, or a notebook's cells."""

    pieces: tuple[str, ...]
    folder: Path

    def blocks(self) -> list[Token]:
        return [block for piece in self.pieces for block in parsed(piece)]

    def spans(self) -> list[Token]:
        """Return the tokens inside of paragraphs, headings and cells of tables."""
        return [span for block in self.blocks() for span in block.children or ()]


@cache
def parsed(piece: str) -> list[Token]:
    return MARKDOWN.parse(piece)


@cache
def notebook(room: str, unit: str) -> nbformat.NotebookNode:
    if room == "self-study":
        return self_study(notebook("solutions", unit), COURSE.nbgrader_config())
    return nbformat.read(ROOT / room / unit / f"{unit}.ipynb", 4)


@cache
def read(name: str) -> Text:
    if name in DOCUMENTS:
        return Text(((ROOT / name).read_text("utf-8"),), (ROOT / name).parent)
    room, unit = name.split("/")
    cells = notebook(room, unit).cells
    pieces = tuple(cell.source for cell in cells if cell.cell_type == "markdown")
    return Text(pieces, ROOT / "course" / unit)


NOTEBOOKS = [f"{room}/{unit}" for room in ROOMS for unit in UNITS]
every_text = pytest.mark.parametrize("name", [*NOTEBOOKS, *DOCUMENTS])


@every_text
def test_there_is_one_title_and_no_heading_skips_a_level(name: str):
    levels = [int(block.tag[1]) for block in read(name).blocks() if block.type == "heading_open"]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


@every_text
def test_every_picture_says_in_words_what_it_shows(name: str):
    for span in read(name).spans():
        if span.type == "image":
            assert len(span.content.split()) >= 3, span.attrs["src"]
            assert not span.content.endswith((".png", ".svg"))
        if span.type == "html_inline" and span.content.startswith("<img"):
            assert re.search(r'\balt="\w+(\s+\w+){2,}', span.content), span.content


@every_text
def test_links_have_words_and_lead_somewhere(name: str):
    text = read(name)
    spans = text.spans()
    for index, span in enumerate(spans):
        if span.type != "link_open":
            continue
        end = next(i for i in range(index, len(spans)) if spans[i].type == "link_close")
        words = " ".join("".join(each.content for each in spans[index:end]).split())
        assert words and words.lower() not in VAGUE and "://" not in words, words
        path, _, anchor = str(span.attrs["href"]).partition("#")
        if "://" in path:
            continue
        target = (text.folder / path).resolve() if path else None
        assert target is None or target.exists(), path
        if anchor:
            there = text.pieces if target is None else (target.read_text(),)
            assert anchor in anchors("\n\n".join(there)), f"{path}#{anchor}"


def anchors(source: str) -> set[str]:
    """Return the addresses that GitHub gives headings."""
    titles = re.findall(r"^#+ +(.+)$", source, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@every_text
def test_every_column_of_a_table_has_a_header(name: str):
    for block, after in pairwise(read(name).blocks()):
        assert block.type != "th_open" or after.content.strip(), f"near line {after.map}"


@every_text
def test_html_is_plain_and_folds_can_be_read_by_every_program(name: str):
    for piece in read(name).pieces:
        prose = re.sub(r"^(`{3,}).*?^\1$", "", piece, flags=re.S | re.M)
        prose = re.sub(r"(`+).+?\1|<!--.*?-->", "", prose, flags=re.S)
        tags = [(name.lower(), rest) for _, name, rest in HTML_TAGS.findall(prose)]
        unusual = [f"<{name}{rest}>" for name, rest in tags if name not in PLAIN_HTML or rest]
        assert not unusual or name.endswith(".md"), unusual
        opened, closed = prose.count("<details"), prose.count("</details")
        assert opened == closed == len(FOLD.findall(prose)) == len(UNFOLD.findall(prose)), (
            "a fold is <details><summary>words</summary>, an empty line, its text, an empty line, "
            f"</details>: {piece[:80]}"
        )


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_a_figure_shows_is_never_told_by_colour_alone(name: str):
    """A line is named by its label, a half of a colour bar by where it lies, not by its colour."""
    named = [each for piece in read(name).pieces for each in COLOURS.findall(piece)]
    assert not named


JUDGE = """
([scripts, pieces]) => {
  // JupyterLab's bundles, without the rest of JupyterLab: marked needs no other module.
  const parsers = scripts.map(script => {
    const exported = {}, taken = [];
    const bundler = {r: () => {}, d: (to, these) => {
      for (const name in these) Object.defineProperty(to, name, {get: these[name]});
    }};
    new Function("self", script)(new Proxy({}, {
      get: () => ({push: chunk => taken.push(...Object.values(chunk[1]))}), set: () => true,
    }));
    taken.forEach(module => module({exports: exported}, exported, bundler));
    return source => exported.marked.parse(source, {gfm: true});
  });
  const seen = html => {
    const box = document.createElement("div");
    box.innerHTML = html;
    const faults = [];
    const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode;
      if (!node.parentElement.closest("code, pre") && /\\*\\*|`|<\\/?\\w+>|\\]\\(/.test(node.data))
        faults.push("left as it was typed: " + node.data.trim().slice(0, 80));
    }
    for (const fold of box.querySelectorAll("details")) {
      if (fold.firstElementChild.tagName !== "SUMMARY" || !fold.firstElementChild.innerText.trim())
        faults.push("a fold without words on it");
      if (!fold.querySelector("p, ul, ol, pre, table, blockquote"))
        faults.push("a fold with nothing rendered in it");
    }
    for (const script of box.querySelectorAll("script, style, iframe")) faults.push(script.tagName);
    return {faults, folds: box.querySelectorAll("details").length,
            words: box.textContent.split(/\\s+/).join(" ").trim()};
  };
  return pieces.map(([source, other]) => {
    const all = [...parsers.map(parse => parse(source)), other].map(seen);
    return {faults: all.flatMap(each => each.faults), folds: all.map(each => each.folds),
            same: all.every(each => each.words === all[0].words)};
  });
}
"""


def without_math(piece: str) -> str:
    """Put a word where a formula stands, as all these programs do before they read Markdown."""
    return CODE_OR_MATH.sub(lambda found: found[0] if found[1] else "formula", piece)


def markdown_parsers_of_jupyter() -> list[str]:
    static = Path(sys.prefix) / "share" / "jupyter" / "lab" / "static"
    return [
        script
        for script in (path.read_text("utf-8") for path in static.glob("*.js"))
        if "marked(): input parameter is" in script and len(script) < 100_000
    ]


def test_hints_and_texts_are_rendered_alike_by_every_program():
    scripts = markdown_parsers_of_jupyter()
    assert scripts, "JupyterLab has changed how it brings marked"
    pieces = sorted({without_math(piece) for name in NOTEBOOKS for piece in read(name).pieces})
    broken = "<details><summary>Hint</summary>\nA **word**.\n</details>"  # no empty lines
    given = [[piece, MARKDOWN.render(piece)] for piece in (*pieces, broken)]
    with chromium() as browser, visit(browser) as visited:
        visited.page.set_content("<!doctype html><title>Markdown</title>")
        *judged, seen_broken = visited.page.evaluate(JUDGE, [scripts, given])
    assert "left as it was typed" in " ".join(seen_broken["faults"])
    for piece, found in zip(pieces, judged):
        assert not found["faults"], (piece[:200], found["faults"])
        assert set(found["folds"]) == {piece.count("<details>")}, piece[:200]
        assert found["same"], piece[:400]
    assert sum(found["folds"][0] for found in judged) > 300


NETWORK_MODULES = frozenset(
    {"aiohttp", "datasets", "ftplib", "gdown", "http", "httpx", "huggingface_hub", "pip"}
    | {"requests", "smtplib", "socket", "ssl", "subprocess", "urllib", "urllib3", "wandb"}
    | {"webbrowser"}
)
NETWORK_CALLS = frozenset(
    {"boot_transformers", "from_pretrained", "get_dataset", "hf_hub_download", "load_dataset"}
    | {"load_state_dict_from_url", "snapshot_download", "submit", "urlopen", "urlretrieve"}
    | {"getoutput", "popen", "run_cell_magic", "run_line_magic", "system"}
)
SAYS_SO = re.compile(r"#.*\b(network|internet|downloads?|installs?|hands? in)\b", re.I)


def network_uses(source: str) -> list[str]:
    """Return what in a cell could ask the network: imports, calls and addresses."""
    found: list[str] = []
    for node in ast.walk(ast.parse(TransformerManager().transform_cell(source))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            names = []
        found += [name for name in names if name.partition(".")[0] in NETWORK_MODULES]
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            called = node.func.id if isinstance(node.func, ast.Name) else called
            found += [called] if called in NETWORK_CALLS else []
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "://" in node.value:
            found.append(node.value)
    return found


@pytest.mark.parametrize(
    ("source", "asks"),
    [
        ("import requests", True),
        ("from urllib.request import urlopen", True),
        ("%pip install torch", True),
        ("!wget example.org/weights", True),
        ("lines = !curl example.org", True),
        ("if colab:\n    %pip install --quiet torch", True),
        ("torch.hub.load_state_dict_from_url(address)", True),
        ("TransformerBridge.boot_transformers('gpt2')", True),
        ("open_dataset('https://example.org')", True),
        ("import torch\nfrom glasslab.models import load_public\nmodel(tokens)", False),
    ],
)
def test_what_asks_the_network_is_recognised(source: str, asks: bool):
    assert bool(network_uses(source)) == asks


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("unit", UNITS)
def test_no_cell_asks_the_network_unless_it_says_so(room: str, unit: str):
    for cell in notebook(room, unit).cells:
        if cell.cell_type == "code" and (uses := network_uses(cell.source)):
            assert SAYS_SO.search(cell.source), f"{cell.id} uses {', '.join(uses)}"


def imports_of(unit: str) -> str:
    """Return the imports of a unit's cells, as lines to run."""
    lines = []
    for cell in notebook("course", unit).cells:
        if cell.cell_type != "code" or network_uses(cell.source):
            continue
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
        found = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        lines += [ast.unparse(node) for node in found]
    return "\n".join(lines)


STOPWATCH = """
import gc, json, sys, time
from IPython import get_ipython  # a kernel has it already
seconds = {}
def timed(name, lines):
    begun = time.process_time()  # not the clock: other programs run too
    exec(lines, {})
    seconds[name] = time.process_time() - begun
"""


def test_what_units_import_costs_little_more_than_transformer_lens():
    """Nearly all of the wait is for torch and TransformerLens: so we count what comes on top."""
    base = "import torch\nfrom glasslab.bridge import TransformerBridge"
    program = [STOPWATCH, f"timed('base', {base!r})", "spared = gc.get_freeze_count()"]
    program += [f"timed({unit!r}, {imports_of(unit)!r})" for unit in UNITS]
    program.append("print(json.dumps([seconds, spared, gc.isenabled(), sorted(sys.modules)]))")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(program)], capture_output=True, text=True, check=True
    )
    seconds, spared, collecting, loaded = json.loads(done.stdout.splitlines()[-1])
    base_seconds = seconds.pop("base")
    # Measured: .03. With all units in one process this is the sum of what each adds.
    assert sum(seconds.values()) < 0.1 * base_seconds, (base_seconds, seconds)
    # They wait for their first use.
    later = {"datasets", "matplotlib", "pandas", "pyarrow", "sympy", "torch._dynamo"}
    assert not {*later, "transformers"} & set(loaded)
    # The collector slept while TransformerLens was loaded, and is awake again.
    assert collecting and spared > 100_000


def test_commands_that_need_no_model_load_none():
    program = textwrap.dedent(
        """
        import sys
        from glasslab import cli, checks, guesses
        from glasslab.submitting import submit
        heavy = {"torch", "transformer_lens", "matplotlib", "pandas"} & set(sys.modules)
        sys.exit(f"loaded without need: {heavy}" if heavy else 0)
        """
    )
    subprocess.run([sys.executable, "-c", program], check=True)

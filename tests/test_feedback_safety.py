"""Learners' text on the feedback page and in the formgrader: shown, never acting nor loading.

A hostile and a harmless submission go the same way through both pages; what acts or loads in the
one and not in the other came from the learner.
"""

import base64
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.v4 import new_markdown_cell, new_raw_cell

from grader.course import Course
from grader.examiner import for_a_person
from grader.gradebook import Writer, load_unit, open_gradebook
from grader.grading import write_feedback
from grader.release import release_unit
from grader.report import Incident
from grader.safe_html import LEFT_OUT, MAX_CHARACTERS, safe_markdown
from grader.safe_math import ATTRIBUTES, safe_math
from grader.safe_math import TAGS as FORMULA_TAGS
from grader.sandbox.frozen import freeze
from grader.workspace import Workspace

UNIT = "01_data"
ROOT = Path(__file__).resolve().parents[1]

HOSTILE = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "text <svg onload=alert(1)><circle/></svg> text",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math href='javascript:alert(1)'><mtext><mglyph><style><img src=x onerror=alert(1)>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<iframe src='https://evil.example'></iframe><iframe srcdoc='<script>alert(1)</script>'>",
    "<object data='data:text/html,<script>alert(1)</script>'></object><embed src=//evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'><base href='//evil.example/'>",
    "<link rel=stylesheet href=//evil.example/x.css><style>@import '//evil.example/x.css';</style>",
    "<p style='background:url(//evil.example/x.png)' onclick='alert(1)'>text</p>",
    "<details open ontoggle=alert(1)><summary onmouseover=alert(1)>x</summary></details>",
    "<a href='javascript:alert(1)' onfocus=alert(1) autofocus>x</a>",
    "<a href=' &#1;java&Tab;script:alert(1)'>x</a>",
    "<a href='jAvA&NewLine;sCrIpT&colon;alert(1)'>x</a>",
    "<a href='&#x6A;avascript&#58;alert(1)'>x</a> <a href='java\tscript:alert(1)'>x</a>",
    '[x](javascript:fetch("/api/contents"))',
    "[x](JaVaScript&colon;alert(1)) [y](<java\tscript:alert(1)>) [z](&#106;avascript:alert(1))",
    "[x](vbscript:msgbox(1)) [y](data:text/html;base64,PHNjcmlwdD4=) <javascript:alert(1)>",
    "[x][1] and ![x][1]\n\n[1]: javascript:alert(1)",
    "[x](files/javascript:alert(1)) <a href='/files/javascript:alert(1)'>x</a>",
    "[x](/formgrader?path=/tmp) [y](//evil.example/) [z](../../api/contents)",
    "![t](http://evil.example/t.png) <img src='http://evil.example/t.png' onerror='alert(1)'>",
    "![](attachment:gone.png)",
    "![x](javascript:alert(1)) ![y](x 'a\" onerror=\"alert(1)')",
    '[x](http://a.example "y\\" onmouseover=\\"alert(1)")',
    "`</code><script>alert(1)</script>`\n\n```html\n</pre><script>alert(1)</script>\n```",
    "```mermaid\n<img src=x onerror=alert(1)>\n```",
    "$</script><script>alert(1)</script>$ $$<img src=x onerror=alert(1)>$$",
    "\\begin{x}<img src=x onerror=alert(1)>\\end{x}",
    "<!-- --!><img src=x onerror=alert(1)> --> <![CDATA[<img src=x onerror=alert(1)>]]>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<form action=//evil.example><input name=x><button formaction='javascript:alert(1)'>x</form>",
    "<template><script>alert(1)</script></template><video src=//evil.example/x onerror=alert(1)>",
    "</div></div></div></body></html><script>alert(1)</script>",
    "<table background=//evil.example/x.png><td style='text-align:left;background:url(//e)'>x",
    # Names by which the formgrader's script finds its score fields and buttons.
    "# words_explain\n\n<div class='nbgrader_cell'><b id='x' class='full-credit'>x</b></div>",
    "<span class='navbar-fixed-top score tabbable'>x</span><a name='top' id='toc'>x</a>",
    "> " * 2000 + "<div>" * 2000 + "<script>alert(1)</script>",
    "x" * MAX_CHARACTERS + "<script>alert(1)</script>",
)

HONEST = """\
# Why it works

See [the paper](https://example.org/paper "Title") or <https://example.org>, **bold**, *it*, ~~no~~.

| a | b |
|---|--:|
| 1 | 2 |

- one
- [x] done

```python
def f(x): return "a" < x
```

Inline $a_{i<j} & b$, `x < y`, and

$$\\begin{aligned} p &= q \\\\ r &< s \\end{aligned}$$

<details><summary>More</summary>Hidden <sub>words</sub></details>
"""

NAME = "<img src=x onerror=alert(1)>"
PIXEL = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\1" * 2 + b"\x08\0\0\0\0"
PNG = base64.b64encode(PIXEL).decode()


HARMLESS = {
    "alt": "(?s:.*)",
    "title": "(?s:.*)",
    "tabindex": "0",
    "style": "text-align: ?(left|right|center);",
    "class": "highlight|[a-z][a-z0-9]{0,2}|ansi-[a-z-]+",
}
"""What a learner's text may make of attributes: words, alignment, colours of code and output."""
IN_FORMULAS = {
    "display": "block|inline",
    "encoding": "application/x-tex",
    **{name: pattern.pattern for name, pattern in ATTRIBUTES.items()},
}


class Page(HTMLParser):
    """What a page holds: its text, its tags, and whatever may act, load or be found by name.

    A formula counts as its source in the text, as if it had not been rendered.
    """

    acting = frozenset(
        (
            *("audio", "base", "button", "embed", "form", "frame", "iframe", "img", "input"),
            *("link", "meta", "noscript", "object", "script", "style", "svg"),
            *("template", "textarea", "video"),
        )
    )

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: Counter[str] = Counter()
        self.acts: Counter[tuple[str | None, ...]] = Counter()
        self.links: Counter[str] = Counter()
        self.formula = self.source = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag in FORMULA_TAGS or tag in ("semantics", "annotation"):
            self._in_formula(tag, attrs)
            return
        self.tags[tag] += 1
        if tag in self.acting:
            # A picture's words may differ, but what makes it a picture may not.
            self.acts[tag, *(f"{k}={v}" for k, v in attrs if k != "alt")] += 1
        for name, value in attrs:
            if tag == "a" and name == "href":
                self.links[value or ""] += 1
            elif not (name in HARMLESS and re.fullmatch(HARMLESS[name], value or "")):
                self.acts[tag, name, value] += 1

    def _in_formula(self, tag, attrs):
        for name, value in attrs:
            if not re.fullmatch(IN_FORMULAS.get(name, "(?!)"), value or ""):
                self.acts[tag, name, value] += 1
        if tag == "math":
            self.formula = "$$" if ("display", "block") in attrs else "$"
        if tag == "annotation":
            self.text += self.formula
            self.source = tag

    def handle_endtag(self, tag):
        if tag == "annotation":
            self.text += self.formula
            self.source = ""
        if tag == "math":
            self.formula = ""

    def handle_data(self, data):
        if self.source or not self.formula:
            self.text += data


def outputs_of(text):
    """Return one frozen output of every kind that a sandbox lets through, holding a text."""
    messages = (
        ("stream", {"name": "stdout", "text": text}),
        ("stream", {"name": "stderr", "text": f"\x1b[31m{text}\x1b[0m \x1b[38;2;1;2;{text}m"}),
        ("error", {"ename": text, "evalue": text, "traceback": [text, f"\x1b[1m{text}"]}),
        ("display_data", {"data": {"text/plain": text, "text/html": text, "image/svg+xml": text}}),
        ("display_data", {"data": {"text/plain": f'"{text}', "image/png": PNG}}),
        ("execute_result", {"data": {"text/plain": text, "application/javascript": text}}),
    )
    frozen = [freeze(kind, content) for kind, content in messages]
    for output in frozen:
        assert output is not None
        if output.output_type == "execute_result":
            output.execution_count = 1
    return frozen


def submission(released, texts):
    """Return a released notebook with texts as answers, as added cells and as raw cells."""
    notebook = nbformat.read(released, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "\n\n".join(texts)[: MAX_CHARACTERS // 2]
    notebook.cells += [new_markdown_cell(text) for text in texts]
    notebook.cells += [new_raw_cell(text) for text in texts]
    notebook.metadata["title"] = notebook.metadata["widgets"] = texts[0]
    return nbformat.writes(notebook).encode()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Feedback and formgrader pages of a hostile and a harmless learner, as the course has them."""
    root = tmp_path_factory.mktemp("classroom")
    course = Course(ROOT, root / "course", Workspace(root))
    released = release_unit(course, UNIT)
    learners = {"hostile": HOSTILE, "harmless": [HONEST] + ["words"] * (len(HOSTILE) - 1)}
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        unit = load_unit(gradebook, UNIT)
    with Writer(course, unit) as writer:
        for student, texts in learners.items():
            why = Incident("not examined", "a test")
            report = for_a_person(submission(released, texts), unit, why)
            code = [cell for cell in report.notebook.cells if cell.cell_type == "code"]
            for cell, text in zip(code, (texts * len(code))[: len(code)]):
                cell.outputs = outputs_of(text)
            writer.write(student, report, student, None)
    write_feedback(course, UNIT)

    config = course.nbgrader_config()
    config.HTMLExporter.template_name = "formgrade"
    formgrader = HTMLExporter(config=config)
    found = {}
    for student in learners:
        name = NAME if student == "hostile" else "harmless"
        resources = dict.fromkeys(("student", "first_name", "last_name", "notebook_path"), name)
        resources |= {"index": 0, "total": 1, "base_url": "", "submission_id": "1"}
        notebook = course.workspace.autograded / student / UNIT / f"{UNIT}.ipynb"
        html, _ = formgrader.from_filename(str(notebook), resources=resources)
        feedback = course.workspace.feedback / student / UNIT / f"{UNIT}.html"
        found["formgrader", student] = Page(html)
        found["feedback", student] = Page(feedback.read_text())
    return found


@pytest.mark.parametrize("page", ["feedback", "formgrader"])
def test_nothing_of_a_learners_acts_loads_or_takes_a_name(pages, page):
    hostile, harmless = pages[page, "hostile"], pages[page, "harmless"]
    assert "<script>alert(1)</script>" in hostile.text  # shown as it was typed
    names = {("a", "data-link", NAME): 2}
    assert hostile.acts - harmless.acts == (names if page == "formgrader" else {})


@pytest.mark.parametrize("page", ["feedback", "formgrader"])
def test_links_of_a_learners_lead_openly_elsewhere(pages, page):
    links = pages[page, "hostile"].links - pages[page, "harmless"].links
    assert links
    assert all(link.startswith(("http://", "https://", "mailto:")) for link in links)


@pytest.mark.parametrize("page", ["feedback", "formgrader"])
def test_a_picture_that_is_not_there_costs_no_page(pages, page):
    assert pages[page, "hostile"].text.count(LEFT_OUT) >= 3


@pytest.mark.parametrize("page", ["feedback", "formgrader"])
def test_honest_markdown_reaches_the_page(pages, page):
    text = pages[page, "harmless"].text
    for kept in ("Why it works", "$a_{i<j} & b$", "p &= q \\\\ r &< s", "☑ done", 'return "a" < x'):
        assert kept in " ".join(text.split())
    assert pages[page, "harmless"].links["https://example.org/paper"]


def test_honest_markdown_keeps_its_shape():
    tags = Page(safe_markdown(HONEST)).tags
    assert {"h1", "a", "strong", "em", "del", "table", "li", "code", "details", "sub"} <= set(tags)
    assert tags["td"] == 2 and tags["a"] == 2 and tags["span"] > 5
    assert "text-align" in safe_markdown(HONEST) and 'class="highlight"' in safe_markdown(HONEST)


@pytest.mark.parametrize("unit", ["01_data", "03_attention"])
def test_the_courses_own_prose_is_as_nbconvert_renders_it(unit):
    notebook = nbformat.read(ROOT / "solutions" / unit / f"{unit}.ipynb", as_version=4)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert prose
    for source in prose:
        renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
        theirs = Page(MarkdownWithMath(renderer=renderer).render(source))
        ours = Page(safe_markdown(source))
        assert (ours.tags, ours.text) == (theirs.tags, theirs.text)


@pytest.mark.parametrize("unit", sorted(path.name for path in (ROOT / "solutions").glob("0*")))
def test_every_formula_of_the_course_is_rendered(unit):
    notebook = nbformat.read(ROOT / "solutions" / unit / f"{unit}.ipynb", as_version=4)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    for source in prose:
        shown = re.sub(
            r"(?s)<math.*?</math>|<code.*?</code>|<pre.*?</pre>", "", safe_markdown(source)
        )
        assert "$" not in shown and "\\" not in shown


@pytest.mark.parametrize(
    "tex",
    [
        "\\href{javascript:alert(1)}{x}",
        "\\class{score}{x} \\style{background:url(//evil.example)}{x}",
        '\\color{red;background:url(//evil.example)}{x} \\hspace{1em" onclick="alert(1)}',
        "\\text{<img src=x onerror=alert(1)>} <script>alert(1)</script> \"'&lt;script>&#60;b>",
        "\\text{&lt;img src=x onerror=alert(1)&gt;} </annotation></math><img src=x>",
    ],
)
def test_a_formula_is_only_a_formula(tex):
    math = safe_math(tex, display=True)
    assert math is not None
    page = Page(math)
    assert not page.acts and not page.tags and not page.links
    assert page.text == f"$${tex}$$"


@pytest.mark.parametrize(
    "tex",
    [
        "\\require{action}\\toggle{a}{b}\\endtoggle",
        "\\def\\x{\\x\\x}\\x",
        "\\ce{H2O}",
        *("{" * 900, "x^" * 900, "\\frac" * 300, "\\left(" * 300, "x" * 3000),
    ],
)
def test_what_is_no_formula_is_shown_as_typed(tex):
    page = Page(safe_markdown(f"Here: ${tex}$."))
    assert page.text.strip() == f"Here: ${tex}$."
    assert page.tags == {"p": 1} and not page.acts


def test_no_tag_is_made_around_a_formula():
    page = Page(safe_markdown('<a title="\n\n$$x$$\n\n" href="https://example.org/$$x$$">x</a>'))
    assert not page.acts
    assert not any("formula-" in link for link in page.links)


def test_text_made_to_stall_the_renderer_is_shown_as_typed():
    source = "\\begin{a}" * MAX_CHARACTERS
    assert Page(safe_markdown(source)).text == source

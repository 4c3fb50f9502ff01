"""A hostile class in a real browser: nothing of a learner's runs, loads or acts on any page.

What may be shown to a person is opened in headless Chromium and clicked, hovered and focused all
over: feedback, the formgrader's view of a submission, its lists and its data. Each wall is tried
without the others, and each payload without any: there it must run, or it would prove nothing.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from chromium import Tab, Witness, chromium, numbered
from jinja2 import Environment, FileSystemLoader
from nbconvert.filters import strip_files_prefix
from nbconvert.filters.markdown_mistune import (
    InvalidNotebook,
    IPythonRenderer,
    MarkdownWithMath,
)
from nbgrader.server_extensions.formgrader import handlers
from test_feedback_safety import HONEST, HOSTILE, PNG, outputs_of, submission

from grader.course import Course
from grader.examiner import for_a_person
from grader.gradebook import Writer, load_unit, open_gradebook
from grader.grading import write_feedback
from grader.release import release_unit
from grader.report import Incident
from grader.safe_html import TEMPLATES, safe_markdown
from grader.sandbox import Sandbox
from grader.workspace import CLASSROOM_VARIABLE, GRADEBOOK_VARIABLE, Workspace

ROOT = Path(__file__).resolve().parents[1]
UNIT = "01_data"

MORE = (
    "<input autofocus onfocus=alert(1)> <marquee onstart=alert(1)>x</marquee>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text x=9 y=20>x</text></a></svg>",
    "<style>@keyframes a{}</style><p style='animation-name:a' onanimationstart=alert(1)>x</p>",
    "<button popovertarget=p>x</button><div popover id=p onbeforetoggle=alert(1)>x</div>",
    "<iframe src='javascript:alert(1)'></iframe><script type=module>alert(1)</script>",
    "<iframe src='data:text/html,<script>alert(1)</script>'></iframe>",
    "<img srcset='//evil.example/x.png 1x'><picture><source srcset=//evil.example/y.png><img>",
    "<audio src=//evil.example/a></audio><input type=image src=//evil.example/i onerror=alert(1)>",
    "<svg><image href=//evil.example/s.png /><use href=//evil.example/s.svg#x /></svg>",
    "<p style='list-style-image:url(//evil.example/l.png);display:list-item'>x</p>",
    # Texts that a sanitiser and a browser are known to have read differently.
    "<math><mtext><table><mglyph><style><!--</style><p title='--&gt;&lt;img onerror=alert(1)&gt;'>",
    "<svg></p><style><a id='</style><img src=x onerror=alert(1)>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>",
    "<noembed><p title='</noembed><img src=x onerror=alert(1)>'></noembed>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "<textarea><p title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<title><p title='</title><img src=x onerror=alert(1)>'></title>",
    "<a href='https://a.example' onpointerover=alert(1) style='position:fixed;inset:0'>x</a>",
    "<p id=location><a id=MathJax href='javascript:alert(1)'>x</a></p>",
    "[x](\x01javascript:alert(1)) <a href='java\nscript:alert(1)' target=_self>x</a>",
    "<b onclick=alert(1)>" + "w" * 15_000 + "</b>",
)
"""Acting in browsers of today, beside those of `test_feedback_safety`."""

FORMULAS = (
    "$\\href{javascript:alert(1)}{x}$ and $$\\href{javascript:alert(1)}{click}$$",
    "$\\require{action}\\toggle{a}{b}\\endtoggle$ $\\ce{<img src=x onerror=alert(1)>}$",
    "$\\style{background:url(//evil.example/x.png)}{x}\\class{score}{x}\\cssId{toc}{x}$",
    "$\\text{<img src=x onerror=alert(1)>}</math><img src=x onerror=alert(1)>$",
    "<script type='text/x-mathjax-config'>alert(1)</script> $\\unicode{x3c}$",
    "\\\\(\\href{javascript:alert(1)}{x}\\\\) $$\\begin{align}<img src=x onerror=alert(1)>$$",
    '<a title="\n\n$$x" onclick=alert(1) y="$$\n\n" href="https://a.example">x</a>',
)
PAYLOADS = tuple(numbered((*HOSTILE[:-2], *MORE, *FORMULAS)))
INERT = frozenset(
    (
        # What nbconvert itself escapes; a fetch; links to the server's own pages, which a person
        # must follow; a picture that isn't there; names for scripts to find; and two that only a
        # cleaner's second reading brings to life.
        *(2, 17, 22, 24, 25, 26, 27, 29, 30, 37, 38, 50, 52),
    )
)
"""Payloads that neither run nor load when only nbconvert renders them."""

WALLED = (
    "from IPython.display import *\nfor kind in HTML, SVG, Javascript, Markdown, Latex:\n"
    "    try: display(kind(PAYLOAD))\n    except Exception: pass",
    "display({'text/html': PAYLOAD, 'application/javascript': 'alert(1)', 'text/plain': PAYLOAD,"
    " 'image/svg+xml': PAYLOAD, 'text/vnd.mermaid': PAYLOAD}, raw=True, metadata={'text/html':"
    " {'isolated': True}})",
    "raise type(PAYLOAD, (Exception,), {})('\\x1b[31m' + PAYLOAD + '\\x1b[38;2;1;2;' + PAYLOAD)",
    "print('\\x1b]8;;javascript:alert(1)\\x07click\\x1b]8;;\\x07', PAYLOAD, '\\x1b[1m' + PAYLOAD)",
    "class Odd:\n  _repr_html_ = __repr__ = _repr_svg_ = lambda self: PAYLOAD\nOdd()",
)
PAYLOAD = "<img src=x onerror=alert(800)><script>alert(801)</script>"

FOLDERS = ('"><img src=x onerror=alert(900)>', '";alert(901);"', "' onmouseover=alert(902) '")
"""Learners' names are names of folders, which hold no slash."""


@dataclass
class Class:
    """A graded class, and Jupyter's server with the formgrader on it."""

    course: Course
    url: str
    token: str
    views: dict[str, str]
    """Addresses of submissions, by learner."""

    def feedback(self, student: str) -> str:
        """Return a learner's feedback page."""
        page = self.course.workspace.feedback / student / UNIT / f"{UNIT}.html"
        return page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """Hostile learners and an honest one, examined, recorded, and with feedback."""
    root = tmp_path_factory.mktemp("classroom")
    course = Course(ROOT, root / "course", Workspace(root))
    released = release_unit(course, UNIT)
    learners = {"honest": [HONEST], **{name: list(PAYLOADS) for name in FOLDERS}}
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        unit = load_unit(gradebook, UNIT)
        for name in FOLDERS:
            student: Any = gradebook.update_or_create_student(name)
            student.first_name, student.last_name = PAYLOAD, name
        gradebook.db.commit()
    with Writer(course, unit) as writer:
        for student, texts in learners.items():
            why = Incident("not examined", "a test")
            report = for_a_person(submission(released, texts), unit, why)
            code = [cell for cell in report.notebook.cells if cell.cell_type == "code"]
            if student == FOLDERS[0]:
                outputs = [*_from_walls(), *(outputs_of(text) for text in PAYLOADS)]
            elif student == "honest":
                outputs = [outputs_of("12 of 12 right")]
            else:
                outputs = []
            for cell, shown in zip(code, outputs):
                cell.outputs = shown
            writer.write(student, report, "key", None)
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        views = {}
        for one in gradebook.notebook_submissions(UNIT, UNIT):
            views[str(one.student.id)] = f"/formgrader/submissions/{one.id}/"
            for comment in one.comments:
                comment.manual_comment = "\n\n".join(PAYLOADS[:8])
        gradebook.db.commit()
    write_feedback(course, UNIT)
    with _jupyter(course) as (url, token):
        yield Class(course, url, token, views)


def _from_walls() -> list[list]:
    """Return what hostile cells left behind the real walls."""
    with Sandbox() as box:
        return [box.run_cell(source.replace("PAYLOAD", repr(PAYLOAD))).outputs for source in WALLED]


class _jupyter:  # noqa: N801 (used as a function)
    """Jupyter's server on the checkout, with its configuration and this class's classroom."""

    def __init__(self, course: Course) -> None:
        self._root = course.workspace.root
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]

    def __enter__(self) -> tuple[str, str]:
        token = secrets.token_hex(16)
        environment = {
            **os.environ,
            CLASSROOM_VARIABLE: str(self._root),
            "GLASSLAB_RELEASE": str(self._root / "course"),
            "JUPYTER_CONFIG_DIR": str(self._root / "jupyter"),
            "JUPYTER_CONFIG_PATH": str(ROOT / "grader" / "jupyter"),
            "JUPYTER_RUNTIME_DIR": str(self._root / "jupyter"),
            "JUPYTER_TOKEN": token,
        }
        environment.pop(GRADEBOOK_VARIABLE, None)
        self._log = (self._root / "jupyter.log").open("w")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
                *(f"--ServerApp.port={self._port}", "--ServerApp.port_retries=0"),
            ],
            cwd=ROOT,
            env=environment,
            stdout=self._log,
            stderr=self._log,
        )
        url = f"http://127.0.0.1:{self._port}"
        deadline = time.monotonic() + 60
        while True:
            try:
                urlopen(f"{url}/api", timeout=5).close()
                return url, token
            except OSError:
                alive = self._process.poll() is None and time.monotonic() < deadline
                assert alive, (self._root / "jupyter.log").read_text()
                time.sleep(0.1)

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()


@pytest.fixture(scope="module")
def witness() -> Iterator[Witness]:
    """The server of this module's own pages, which sees what is asked of other hosts."""
    opened = Witness()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def opened(witness: Witness) -> Iterator[Tab]:
    """One browser for all tests."""
    with chromium(witness) as tab:
        yield tab


@pytest.fixture
def tab(opened: Tab, witness: Witness) -> Tab:
    """The browser, with nothing told of it yet."""
    opened.do("Page.setBypassCSP", enabled=False)
    opened.go("about:blank")
    forget(opened, witness)
    return opened


def forget(tab: Tab, witness: Witness) -> None:
    for told in (tab.executed, tab.refused, tab.foreign, witness.foreign):
        told.clear()


def plain(text: str) -> str:
    """Render Markdown as nbconvert and nbgrader's template do by themselves."""
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    try:
        return strip_files_prefix(MarkdownWithMath(renderer=renderer).render(text))
    except InvalidNotebook:
        return text


def deeds(tab: Tab, witness: Witness) -> list[str]:
    """Return which payloads ran and what was asked of other hosts."""
    return [*tab.executed, *tab.foreign, *witness.foreign]


def test_each_payload_acts_where_nothing_stops_it(tab: Tab, witness: Witness) -> None:
    silent = []
    for number, payload in enumerate(PAYLOADS):
        witness.pages["bare"] = f"<!doctype html><meta charset=utf-8><body>{plain(payload)}"
        forget(tab, witness)
        tab.go(f"{witness.url}/bare")
        tab.poke()
        if not deeds(tab, witness):
            silent.append(number)
    formulas = range(len(PAYLOADS) - len(FORMULAS), len(PAYLOADS))
    assert set(silent) <= INERT | set(formulas)


def test_the_policy_alone_stops_every_script(tab: Tab, witness: Witness) -> None:
    template = (TEMPLATES / "formgrade" / "mathjax.html.j2").read_text()
    policy = re.search("<meta http-equiv.*?>", template)
    assert policy
    for payload in PAYLOADS:
        witness.pages["policy"] = f"<!doctype html><head>{policy[0]}<body>{plain(payload)}"
        tab.go(f"{witness.url}/policy")
        tab.poke()
    assert tab.refused
    assert not tab.executed


def test_the_sanitiser_alone_stops_every_payload(tab: Tab, witness: Witness) -> None:
    witness.pages["clean"] = "<!doctype html><meta charset=utf-8><body>" + "<hr>".join(
        map(safe_markdown, PAYLOADS)
    )
    tab.go(f"{witness.url}/clean")
    tab.poke()
    assert deeds(tab, witness) == []


@pytest.mark.parametrize("policy", [True, False], ids=["with policy", "without policy"])
@pytest.mark.parametrize("student", [*FOLDERS[:1], "honest"], ids=["hostile", "honest"])
def test_feedback_only_shows(
    graded: Class, tab: Tab, witness: Witness, student: str, policy: bool
) -> None:
    tab.do("Page.setBypassCSP", enabled=not policy)
    page = graded.feedback(student)
    assert "<script" not in page
    witness.pages["feedback"] = page
    tab.go(f"{witness.url}/feedback")
    tab.poke()
    assert deeds(tab, witness) == []
    assert not tab.refused  # the policy had nothing left to do
    assert "default-src 'none'" in tab.evaluate(
        "document.querySelector('meta[http-equiv]').content"
    )
    assert tab.evaluate("document.title") == "Feedback · 01 · Know the data before the model"
    assert ("alert(800)" in tab.evaluate("document.body.innerText")) == (student != "honest")


@pytest.mark.parametrize("policy", [True, False], ids=["with policy", "without policy"])
@pytest.mark.parametrize("student", [*FOLDERS, "honest"], ids=["tag", "script", "event", "honest"])
def test_formgrader_shows_a_submission_and_can_grade_it(
    graded: Class, tab: Tab, witness: Witness, student: str, policy: bool
) -> None:
    tab.do("Page.setBypassCSP", enabled=not policy)
    tab.go(f"{graded.url}/formgrader/gradebook?token={graded.token}")
    tab.go(f"{graded.url}{graded.views[student]}")
    tab.until(lambda: tab.evaluate("formgrader.grades?.loaded && formgrader.comments?.loaded"))
    tab.poke(".text_cell_render, .input_area, .output_wrapper, .breadcrumb")
    assert deeds(tab, witness) == []
    assert not tab.refused
    assert tab.evaluate("document.querySelectorAll('.score.needs_manual_grade').length")
    if student == "honest":
        name = "document.querySelector('a.name-shown').offsetWidth > 0"
        for eye, shown in (("hidden", True), ("shown", False)):
            tab.evaluate(f"document.querySelector('span.glyphicon.name-{eye}').click()")
            assert tab.evaluate(name) == shown
        assert tab.evaluate("document.querySelector('math').getBoundingClientRect().width") > 5


PAGES = (
    *("manage_assignments", "manage_students", "gradebook", f"manage_submissions/{UNIT}"),
    *(f"gradebook/{UNIT}", f"gradebook/{UNIT}/{UNIT}", "api/students", f"api/submissions/{UNIT}"),
    *(f"manage_students/{quote(name, safe='')}" for name in FOLDERS),
    *(f"manage_students/{quote(name, safe='')}/{UNIT}" for name in FOLDERS),
    *(f"manage_submissions/{quote(name, safe='')}" for name in FOLDERS),
    *(f"gradebook/{quote(name, safe='')}/{quote(FOLDERS[1], safe='')}" for name in FOLDERS),
    *(f"api/student_submissions/{quote(name, safe='')}" for name in FOLDERS),
    f"manage_students/{quote('</script><script>alert(903)</script>', safe='')}",
)


def test_formgraders_own_pages_show_names_as_text(
    graded: Class, tab: Tab, witness: Witness
) -> None:
    tab.go(f"{graded.url}/formgrader/manage_students?token={graded.token}")
    for page in PAGES:
        tab.go(f"{graded.url}/formgrader/{page}")
        tab.pause()
        assert not deeds(tab, witness), page
    tab.go(f"{graded.url}/formgrader/manage_students")
    listed = "document.querySelector('#main-table').innerText"
    tab.until(lambda: "alert(902)" in tab.evaluate(listed))
    assert "<img src=x onerror=alert(900)>" in tab.evaluate(listed)
    assert not tab.executed


def test_nbgraders_own_list_would_run_a_name(tab: Tab, witness: Witness) -> None:
    template = Environment(loader=FileSystemLoader([handlers.template_path]))
    page = template.get_template("manage_students_assignments.tpl")
    for name in FOLDERS[:2]:
        witness.pages["list"] = page.render(student_id=name, base_url="")
        forget(tab, witness)
        tab.go(f"{witness.url}/list")
        assert tab.executed, name


def test_no_link_makes_the_formgrader_read_a_folders_program(graded: Class, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (tmp_path / "nbgrader_config.py").write_text(f"open({str(ran)!r}, 'w').close()")
    link = f"{graded.url}/formgrader?path={quote(str(tmp_path))}"
    with pytest.raises(OSError, match="403"):
        urlopen(Request(link, headers={"Authorization": f"token {graded.token}"}), timeout=20)
    assert not ran.exists()


def test_pictures_of_code_still_show(graded: Class, tab: Tab, witness: Witness) -> None:
    witness.pages["feedback"] = graded.feedback("honest")
    tab.go(f"{witness.url}/feedback")
    assert PNG in tab.evaluate("document.images[0].src")
    formula = "document.querySelector('.notebook .prose > p > math')"
    assert tab.evaluate(f"{formula}.getBoundingClientRect().width") > 5
    word = "document.querySelector('.notebook .code .k')"
    colours = [f"getComputedStyle({one}).color" for one in (word, f"{word}.parentElement")]
    assert tab.evaluate(colours[0]) != tab.evaluate(colours[1])

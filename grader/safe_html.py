"""Learners' text on the instructor's and the feedback pages: shown, never acting nor loading.

Both pages are nbconvert's ``HTMLExporter`` in templates that print what its filters return, so the
filters here are the one place where learners' Markdown and raw cells become HTML. Cleaning comes
after rendering: Markdown makes links and pictures of text that holds no HTML yet.
"""

from __future__ import annotations

import html
import re
import secrets
from pathlib import Path
from typing import Any

from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import Cleaner
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from pygments.token import STANDARD_TYPES

from grader.safe_math import safe_math

TAGS = frozenset(
    (
        *("a", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "kbd", "li", "ol", "p", "pre", "s"),
        *("span", "strong", "sub", "summary", "sup", "u", "ul"),
        *("table", "tbody", "td", "th", "thead", "tr"),
    )
)
"""What text is made of; no picture, form or frame."""

PROTOCOLS = frozenset(("http", "https", "mailto"))
ABSOLUTE = re.compile("https?://|mailto:", re.IGNORECASE)
HIGHLIGHTING = frozenset(name for name in STANDARD_TYPES.values() if name)
LEFT_OUT = "[picture left out]"
MAX_CHARACTERS = 20_000
"""Rendering takes quadratic time on text made for it: 0.2 million characters could take minutes."""
TEMPLATES = Path(__file__).parent / "templates"
"""What stands before nbgrader's templates: it has browsers forbid what might slip past us here."""


class _Renderer(IPythonRenderer):
    """nbconvert's own rendering without what can't be kept: pictures, anchors and checkboxes.

    Formulas are put in after cleaning, by marks that can't be guessed: cleaners have let scripts
    pass by confusing HTML with MathML, so ours never sees any.
    """

    def __init__(self) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self.mark = f"formula-{secrets.token_hex(16)}-"
        self.formulas: list[str] = []

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Leave a picture out: a rebuilt notebook has no attachments, and others load from afar."""
        return f"{LEFT_OUT} {text}".rstrip()

    def task_list_item(self, text: str, checked: bool = False) -> str:
        """Write a task's box as a character instead of an input field."""
        return f"<li>{'☑' if checked else '☐'} {text}</li>\n"

    def block_math(self, body: str) -> str:
        """Stand in for a formula on a line of its own."""
        return self._stand_in(body, f"$${body}$$", display=True)

    def inline_math(self, body: str) -> str:
        """Stand in for a formula in a line."""
        return self._stand_in(body, f"${body}$", display=False)

    def latex_environment(self, name: str, body: str) -> str:
        """Stand in for a formula that is an environment, as ``align`` is."""
        typed = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return self._stand_in(typed, typed, display=True)

    def _stand_in(self, tex: str, typed: str, *, display: bool) -> str:
        math = safe_math(tex, display=display)
        if math is None:
            return self.escape_html(typed)
        self.formulas.append(math)
        return f"{self.mark}{len(self.formulas) - 1}."

    def put_formulas(self, cleaned: str) -> str:
        """Put the formulas into clean HTML, where their marks stand."""
        return re.sub(rf"{self.mark}(\d+)\.", lambda found: self.formulas[int(found[1])], cleaned)


def safe_markdown(source: str) -> str:
    """Render a Markdown cell as nbconvert does, then keep of it only text and absolute links.

    What isn't kept is shown as it was typed. Never raises for anything that the source holds.
    """
    if len(source) > MAX_CHARACTERS:
        return typed_text(source)
    try:
        renderer = _Renderer()
        rendered = MarkdownWithMath(renderer=renderer).render(source)
        return renderer.put_formulas(_cleaner(renderer.mark).clean(rendered))
    except Exception:
        # One cell that trips a parser must cost neither the page nor the class's feedback.
        return typed_text(source)


def typed_text(source: Any) -> str:
    """Return text as it was typed, as HTML."""
    return f"<pre>{html.escape(str(source))}</pre>"


class EscapeNames(Preprocessor):
    """Escape what the formgrader's template prints of a learner beside the notebook.

    Names of learners are names of folders, which may come from names of uploaded files.
    """

    names = ("student", "first_name", "last_name", "notebook_path")

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Escape the names in the resources; the notebook stays as it is."""
        escaped = {name: html.escape(resources[name]) for name in self.names if resources.get(name)}
        resources.update(escaped)
        return nb, resources


def _cleaner(mark: str) -> Cleaner:
    """Return a new cleaner, for one isn't safe to share between threads; no attribute keeps a mark.

    A formula belongs between tags, never inside one.
    """
    return Cleaner(
        tags=TAGS,
        attributes=lambda tag, name, value: mark not in value and _is_kept(tag, name, value),
        protocols=PROTOCOLS,
        css_sanitizer=CSSSanitizer(allowed_css_properties=["text-align"]),
    )


def _is_kept(tag: str, name: str, value: str) -> bool:
    """Say whether an attribute is kept.

    No ids and no classes but the highlighter's: by those the formgrader finds its score fields and
    buttons. No relative links: the template's ``strip_files_prefix`` makes ``javascript:`` out of
    ``files/javascript:`` after us, and on the formgrader's server they would name its own pages.
    """
    if tag == "a":
        return name == "title" or (name == "href" and ABSOLUTE.match(value) is not None)
    if tag in ("td", "th"):
        return name == "style"
    if name == "class":
        return value == "highlight" if tag == "div" else tag == "span" and value in HIGHLIGHTING
    return False

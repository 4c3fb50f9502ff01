"""What Sphinx is taught: to write formulas as MathML, which browsers show without a script."""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from grader.safe_math import safe_math

ANNOTATION = re.compile(r"<annotation.*?</annotation>", re.S)
"""A formula's TeX, which the search's summaries would show beside the formula itself."""
LOG = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer ``mathml``, and the theme early, so that its own settings count."""
    app.setup_extension("furo")
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("html-page-context", _plain_captions, priority=900)  # after the theme's own
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _plain_captions(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Make captions in the menu no headings: Sphinx gives them the role, but no level."""
    menu = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = menu.replace(' role="heading"', "")


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(_written(node, display=False))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="formula">{_written(node, display=True)}</div>\n')
    raise nodes.SkipNode


def _written(node: nodes.Element, *, display: bool) -> str:
    tex = node.astext()
    written = safe_math(tex, display=display)
    if written is None:
        LOG.warning("this formula can't be written as MathML: %s", tex, location=node)
        return f"<code>{html.escape(tex)}</code>"
    return ANNOTATION.sub("", written)

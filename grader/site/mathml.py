"""A Sphinx extension: formulas as MathML, which browsers show without a script of ours."""

from __future__ import annotations

import html
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from grader.safe_math import safe_math

LOG = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer ``mathml``."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


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
    return written

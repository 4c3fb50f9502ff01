"""The site as a whole: its pages are gathered, Sphinx writes them, and they are put in place."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from grader.colab import put_in_colab, remembered, version_of
from grader.course import Course
from grader.editions import self_study
from grader.errors import GraderError
from grader.release import source_unit
from grader.site.pages import Page, landing_page, unit_page

THEME = Path(__file__).parent / "theme"
MARK = ".buildinfo"
"""A file that Sphinx writes into every site: a folder without it isn't ours to replace."""
PARTS = {"cumsum": "A model that adds", "sorted_list": "A model that sorts"}
SETTINGS: dict[str, Any] = {
    "project": "Glass Lab",
    "html_title": "Glass Lab",
    "language": "en",
    "copyright": "the authors of Glass Lab. Text and pictures: CC BY 4.0. Code: MIT",
    "extensions": ["myst_parser", "grader.site.extension", "sphinx.ext.githubpages"],
    "source_suffix": {".md": "markdown"},
    "myst_enable_extensions": ["dollarmath", "amsmath"],
    # Notebooks speak Jupyter's Markdown: what MyST would read into a line of it stays text.
    "myst_disable_syntax": ["myst_line_comment", "myst_block_break", "myst_target", "myst_role"],
    "myst_heading_anchors": 3,
    "smartquotes": False,
    "highlight_language": "none",
    "html_theme": "furo",
    # Code stands out from the page a little more than the style of its colours has it.
    "html_theme_options": {"light_css_variables": {"color-code-background": "#f4f6f8"}},
    "html_math_renderer": "mathml",
    "html_static_path": [str(THEME / "static")],
    "templates_path": [str(THEME / "templates")],
    "html_favicon": str(THEME / "static" / "favicon.svg"),
    "html_css_files": ["site.css"],
    "html_js_files": [("site.js", {"defer": "defer"})],
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_use_index": False,
    "html_domain_indices": False,
    "pygments_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


@dataclass(frozen=True)
class Site:
    """A site that was built."""

    folder: Path
    pages: int
    warnings: tuple[str, ...]
    """What Sphinx found odd: a link that leads nowhere, a formula that it can't write."""


def build_site(
    course: Course,
    folder: Path,
    tell: Callable[[str], object] = lambda line: None,
) -> Site:
    """Write the self-study edition of all units as a website; nothing is run.

    Args:
        course: The course.
        folder: Where the site goes; an earlier site there is replaced at the end, at once.
        tell: Called with a line before each step.

    Raises:
        GraderError: a unit is unfit, or the folder holds something that isn't a site.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise GraderError(
            f"{folder} holds files that aren't a site of ours, and would be replaced; "
            "name another folder with --to."
        )
    pages = list(_pages(course, tell))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as here:
        tell(f"writing {len(pages)} pages")
        made = Path(here, "html")
        warnings = _written(pages, Path(here), made)
        if folder.exists():
            folder.rename(Path(here, "before"))
        made.rename(folder)
    return Site(folder, len(pages), warnings)


def _pages(course: Course, tell: Callable[[str], object]) -> Iterable[Page]:
    hosting, version = remembered(course.root), version_of(course.root)
    config = course.nbgrader_config()
    parts: dict[str, list[str]] = {}
    for name in course.units():
        tell(f"reading {name}")
        task = source_unit(course, name).task
        source = nbformat.read(course.source_of(name), as_version=4)
        parts.setdefault(PARTS.get(task, task), []).append(name)
        edition = self_study(source, config)
        put_in_colab(edition, hosting, None, version)
        yield unit_page(name, source, edition, hosting)
    readme = (course.root / "course" / "README.md").read_text(encoding="utf-8")
    yield landing_page(readme, parts, hosting)


def _written(pages: list[Page], here: Path, made: Path) -> tuple[str, ...]:
    """Have Sphinx write the pages; return what it warned of, a line each."""
    texts, beside = here / "texts", here / "beside"
    texts.mkdir()
    beside.mkdir()
    for page in pages:
        (texts / f"{page.name}.md").write_text(page.text, encoding="utf-8")
        for path, content in page.files.items():
            (beside / path).parent.mkdir(exist_ok=True)
            (beside / path).write_bytes(content)
    said = io.StringIO()
    with patch_docutils(texts), docutils_namespace():
        try:
            Sphinx(
                srcdir=texts,
                confdir=None,
                outdir=made,
                doctreedir=here / "doctrees",
                buildername="html",
                confoverrides={**SETTINGS, "html_extra_path": [str(beside)]},
                status=None,
                warning=said,
            ).build(force_all=True)
        except SphinxError as error:
            raise GraderError(
                f"Sphinx could not write the site: {error} (Is the extra 'site' installed whole? "
                "pip install -e '.[grading,site]')"
            ) from error
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said.getvalue()).replace(f"{texts}/", "")
    return tuple(line for line in plain.splitlines() if line.strip())

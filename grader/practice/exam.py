"""A learner's own exam: their notebook, run and asked as a class's is, on models of their own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
from tqdm import tqdm

from glasslab.guesses import course_folder
from glasslab.submitting.finding import Found
from glasslab.submitting.review import unit_named
from grader.course import Course
from grader.errors import GraderError
from grader.examiner import examine, prepare
from grader.practice.bar import Counted
from grader.practice.home import PracticeHome, Tell
from grader.practice.naming import with_names
from grader.practice.page import write_page
from grader.practice.plain import PlainKernel
from grader.release import source_unit
from grader.report import Report
from grader.sandbox import Sandbox, SandboxUnavailable, require_walls
from grader.suite import Suite
from grader.unit import Unit

PAGES = "my_practice"
"""The folder, beside the units, that keeps the pages."""


@dataclass(frozen=True)
class Practised:
    """What came of a practice."""

    notebook: Path
    report: Report
    suite: Suite
    no_walls: str | None
    """Why the notebook ran without walls; None if it ran behind them."""
    page: Path

    def to_json(self) -> str:
        """Return it for programs."""
        outcome = json.loads(self.report.outcome.to_json())
        about = {
            "practice": True,
            "notebook": str(self.notebook),
            "walls": self.no_walls is None,
            "page": str(self.page),
            "points": self.report.points,
            "max_points": sum(v.max_points for v in self.report.verdicts if v.points is not None),
        }
        return json.dumps(about | outcome, ensure_ascii=False, indent=2)


def practise(
    course: Course,
    found: Found,
    home: PracticeHome,
    *,
    unit_name: str | None = None,
    to: Path | None = None,
    tell: Tell = print,
    progress: bool = True,
) -> Practised:
    """Examine a learner's own notebook on their own hidden models, and write a feedback page.

    Args:
        course: Holds the unit's source.
        found: The notebook.
        home: Where the learner's hidden models are; made if missing.
        unit_name: The unit, if the notebook's file doesn't say.
        to: A folder for the page; by default ``my_practice`` beside the units.
        tell: Where a wait is announced, and how the notebook is run.
        progress: Whether to show progress bars.

    Raises:
        GraderError: there is no such unit, models can't be made or kept, or the page not written.
    """
    name = unit_name or unit_named(Path(found.name).stem)
    if name is None:
        raise GraderError(
            f"{found.name} doesn't say which unit it is: name it, as in --unit 03_attention."
        )
    unit = source_unit(course, name)
    source = nbformat.read(course.source_of(name), as_version=4)
    page = _place_of_page(to or course_folder(found.folder) / PAGES, name)
    suite = home.suite(unit.task, tell, progress=progress)
    no_walls = _why_no_walls(home)
    if no_walls:
        tell(f"Running your notebook without walls, as your own Jupyter would: {no_walls}")
    content = with_names(found.notebook.content, source)
    with _examining(unit, suite), _bar(content, unit, progress) as bar:
        kernel: Callable[[], Sandbox] = PlainKernel if no_walls else Sandbox
        report = examine(content, unit, suite, open_box=partial(Counted, kernel, bar))
    report = write_page(report, source, suite, page, behind_walls=no_walls is None)
    return Practised(found.folder / found.name, report, suite, no_walls, page)


def _place_of_page(folder: Path, unit: str) -> Path:
    """See that a page can be written, before anyone waits for it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page = folder / f"{unit}.html"
        is_new = not page.exists()
        page.touch()
        if is_new:
            # Stopped half-way, no empty page is left.
            page.unlink()
    except OSError as error:
        raise GraderError(
            f"The feedback page can't be written to {folder} ({error.strerror}): name another "
            "folder with --to."
        ) from error
    return page


def _why_no_walls(home: PracticeHome) -> str | None:
    try:
        require_walls(private=[home.root])
    except (SandboxUnavailable, AttributeError, ImportError) as error:
        # Other systems lack even the calls that walls are built with.
        words = isinstance(error, SandboxUnavailable) and str(error)
        return words or "this system has none of what walls are built with."
    return None


@contextmanager
def _examining(unit: Unit, suite: Suite) -> Iterator[None]:
    """Make the questions while the notebook runs; whatever fails there is met again, and told."""

    def make() -> None:
        with suppress(Exception):
            prepare(unit, suite)

    making = threading.Thread(target=make, daemon=True)
    making.start()
    yield
    # Of a notebook that couldn't be read nothing is asked: it would be at work when Python ends.
    making.join()


@contextmanager
def _bar(content: bytes, unit: Unit, progress: bool) -> Iterator[tqdm]:
    """Show a step for each code cell, and one for each question."""
    cells = json.loads(content)["cells"] if content.startswith(b"{") else []
    n_cells = sum(cell.get("cell_type") == "code" for cell in cells if isinstance(cell, dict))
    total = n_cells + len(unit.auto_graded)
    with tqdm(total=total, desc=unit.name, unit="step", disable=not progress, leave=False) as bar:
        yield bar

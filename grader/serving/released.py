"""Feedback that learners may have: copies of pages, in a folder that says for which submission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from grader.errors import GraderError
from grader.ledger_tables import REPORTS
from grader.serving.database import open_engine
from grader.serving.safe_files import write_whole
from grader.workspace import Workspace


@dataclass(frozen=True)
class Released:
    """The folder ``released/LEARNER/UNIT/DIGEST.html``; what lies there, its learner may read.

    A page is released by being there and withdrawn by being removed; nothing else remembers it.
    """

    folder: Path

    @classmethod
    def of(cls, workspace: Workspace) -> Released:
        """Return a class's folder."""
        return cls(workspace.root / "released")

    def digests(self, learner: str, unit: str) -> set[str]:
        """Return the submissions of a learner whose feedback is released."""
        return {page.stem for page in self._pages(learner, unit)}

    def newest(self, learner: str, unit: str) -> Path | None:
        """Return the page of a learner's unit that was released last; None if there is none."""
        pages = self._pages(learner, unit)
        return max(pages, key=lambda page: page.lstat().st_mtime, default=None)

    def page(self, learner: str, unit: str, digest: str) -> Path | None:
        """Return the page about one submission of a learner; None if there is none."""
        return next((one for one in self._pages(learner, unit) if one.stem == digest), None)

    def _pages(self, learner: str, unit: str) -> list[Path]:
        return [
            page
            for page in (self.folder / learner / unit).glob("*.html")
            if page.is_file() and not page.is_symlink()
        ]


def release_feedback(
    workspace: Workspace, unit: str, learners: list[str] | None = None
) -> tuple[list[str], list[str]]:
    """Release the feedback pages of a unit, of all who were graded or of some.

    Returns:
        Whose page is released now, and whose couldn't be, with the reason, in sentences.

    Raises:
        GraderError: nobody's work of this unit was graded.
    """
    engine = open_engine(workspace.gradebook_url)
    query = select(REPORTS.c.student, REPORTS.c.digest, REPORTS.c.graded).where(
        REPORTS.c.unit == unit, REPORTS.c.current
    )
    with engine.connect() as connection:
        rows = {row.student: row for row in connection.execute(query)}
    engine.dispose()
    chosen = sorted(rows) if learners is None else learners
    if not chosen:
        raise GraderError(f"No submission of {unit} is graded; see 'grader grade {unit}'.")
    done, left = [], []
    for learner in chosen:
        page = workspace.feedback / learner / unit / f"{unit}.html"
        if learner not in rows:
            left.append(f"{learner}: no submission of {unit} is graded.")
        elif not page.is_file():
            left.append(f"{learner}: there is no page; grade with --feedback.")
        elif _written(page) < rows[learner].graded:
            left.append(f"{learner}: the page is older than the grade; grade with --feedback.")
        else:
            target = Released.of(workspace).folder / learner / unit
            write_whole(target / f"{rows[learner].digest}.html", page.read_bytes())
            done.append(learner)
    return done, left


def _written(page: Path) -> datetime:
    return datetime.fromtimestamp(page.stat().st_mtime, UTC).replace(tzinfo=None)

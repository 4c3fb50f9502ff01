"""What the service needs of nbgrader's gradebook: units, due dates, what is graded; and receipts.

By plain queries on the few columns it needs: nbgrader itself stays out of this process.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    DateTime,
    Engine,
    Interval,
    String,
    column,
    delete,
    insert,
    inspect,
    select,
    table,
)

from grader.errors import GraderError
from grader.ledger_tables import RECEIPTS, REPORTS, SERVED, TABLES
from grader.serving.database import open_engine
from grader.workspace import Workspace

# nbgrader 0.9's own, in nbgrader/api.py.
ASSIGNMENT = table(
    "assignment", column("id", String), column("name", String), column("duedate", DateTime())
)
SUBMITTED = table(
    "submitted_assignment",
    column("assignment_id", String),
    column("student_id", String),
    column("extension", Interval()),
)


@dataclass(frozen=True)
class Arrival:
    """When one submission was received, by this server's clock."""

    learner: str
    unit: str
    digest: str
    received: datetime


class ClassBook:
    """The gradebook as the service sees it. Grades it neither reads nor writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def of(cls, workspace: Workspace) -> ClassBook:
        """Open a class's gradebook.

        Raises:
            GraderError: nothing was released into it yet, or it can't be opened.
        """
        url = workspace.gradebook_url
        advice = "release the units first, for instance: grader release 03_attention"
        if url.startswith("sqlite:///") and not (workspace.root / "gradebook.db").exists():
            path = url.removeprefix("sqlite:///")
            if path == str(workspace.root / "gradebook.db"):
                raise GraderError(f"There is no gradebook in {workspace.root}; {advice}")
        engine = open_engine(url)
        if not inspect(engine).has_table(ASSIGNMENT.name):
            raise GraderError(f"The gradebook of {workspace.root} is empty; {advice}")
        TABLES.create_all(engine)
        return cls(engine)

    def has_unit(self, unit: str) -> bool:
        """Return whether a unit was released into the gradebook."""
        with self._engine.connect() as connection:
            found = select(ASSIGNMENT.c.id).where(ASSIGNMENT.c.name == unit)
            return connection.execute(found).first() is not None

    def units(self) -> list[str]:
        """Return the names of the units that were released into the gradebook, in order."""
        with self._engine.connect() as connection:
            return sorted(connection.execute(select(ASSIGNMENT.c.name)).scalars())

    def is_late(self, learner: str, unit: str, received: datetime) -> bool:
        """Return whether a moment is past a unit's due date, with the learner's own extension."""
        due = self.due(learner, unit)
        return due is not None and received > due

    def due(self, learner: str, unit: str) -> datetime | None:
        """Return when a unit is due, in UTC, with the learner's own extension; None: never."""
        mine = (SUBMITTED.c.assignment_id == ASSIGNMENT.c.id) & (SUBMITTED.c.student_id == learner)
        query = (
            select(ASSIGNMENT.c.duedate, SUBMITTED.c.extension)
            .select_from(ASSIGNMENT.outerjoin(SUBMITTED, mine))
            .where(ASSIGNMENT.c.name == unit)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None or row.duedate is None:
            return None
        return row.duedate if row.extension is None else row.duedate + row.extension

    def graded(self, learner: str) -> set[tuple[str, str]]:
        """Return what of a learner's work was graded: units and digests of notebooks."""
        query = select(REPORTS.c.unit, REPORTS.c.digest).where(
            REPORTS.c.student == learner, REPORTS.c.graded.is_not(None)
        )
        with self._engine.connect() as connection:
            return {(row.unit, row.digest) for row in connection.execute(query)}

    def tell(self, arrivals: Iterable[Arrival]) -> None:
        """Keep when submissions were received; from now on that counts in grading (`Ledger`)."""
        with self._engine.begin() as connection:
            for one in arrivals:
                mine = (
                    RECEIPTS.c.student == one.learner,
                    RECEIPTS.c.unit == one.unit,
                    RECEIPTS.c.source == SERVED,
                    RECEIPTS.c.digest == one.digest,
                )
                connection.execute(delete(RECEIPTS).where(*mine))
                connection.execute(
                    insert(RECEIPTS).values(
                        student=one.learner,
                        unit=one.unit,
                        source=SERVED,
                        digest=one.digest,
                        received=one.received,
                    )
                )

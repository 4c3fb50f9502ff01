"""When work was handed in: receipts, and which of them counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from grader.ledger_tables import EXCHANGE, IMPORTED, NEXT, SEEN, SERVED
from grader.report import Incident

TOLERANCE = timedelta(minutes=5)
"""What clocks may differ by before a claim counts as one."""


@dataclass(frozen=True)
class Receipt:
    """When a submission was handed in, from a source that its learner can't write to."""

    received: datetime
    """UTC, without a zone, as nbgrader keeps it."""
    source: str

    def against(self, claimed: datetime | None) -> tuple[Incident, ...]:
        """Tell a claim, from a file in the submission, to have handed in earlier than that."""
        if claimed is None or claimed >= self.received - TOLERANCE:
            return ()
        claim = f"it claims to have been handed in on {claimed:%Y-%m-%d %H:%M} UTC"
        counts = f"{self.received:%Y-%m-%d %H:%M} UTC"
        if self.source == SEEN:
            # It may well be true: the bytes may have lain elsewhere before they came here.
            words = f"{claim}; there is no receipt, so what counts is when it came here, {counts}"
            return (Incident("no receipt", words),)
        says = {
            IMPORTED: "the imported list says",
            SERVED: "the receiving server says",
        }.get(self.source, "it reached the exchange on")
        return (Incident("claimed time", f"{claim}; {says} {counts}"),)


class Ledger:
    """The receipts of one unit, as the database holds them."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = {(row.student, row.source, row.digest): row.received for row in rows}

    def receipt(self, student: str, digest: str, file: Path) -> Receipt:
        """Return when these bytes were handed in, by the most trusted source that knows.

        An imported receipt belongs to the submission that is graded next, and to no later one.
        """
        for key in (
            (student, IMPORTED, NEXT),
            (student, IMPORTED, digest),
            (student, SERVED, digest),
            (student, EXCHANGE, digest),
            (student, SEEN, digest),
        ):
            if key in self._rows:
                return Receipt(self._rows[key], key[1])
        return Receipt(_arrived(file), SEEN)

    def changes(self, student: str, digest: str, receipt: Receipt) -> bool:
        """Return whether a receipt that counted for these bytes isn't yet kept as theirs."""
        kept = self._rows.get((student, receipt.source, digest))
        return (student, IMPORTED, NEXT) in self._rows or kept is None


def _arrived(file: Path) -> datetime:
    """Return when a file of the class's folder was last written or moved, or now.

    The change time of an inode can't be set, by its owner neither (inode(7)): no later than then
    its bytes were there.
    """
    now = datetime.now(UTC)
    try:
        moment = min(now, datetime.fromtimestamp(file.lstat().st_ctime, UTC))
    except OSError:
        moment = now
    return moment.replace(tzinfo=None)

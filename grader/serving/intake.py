"""From the first announced byte of a bundle to its receipt; killed anywhere, it goes on."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from grader.names import EXCHANGE_FILES
from grader.serving.bundle import BadBundle, read_bundle
from grader.serving.class_book import Arrival, ClassBook
from grader.serving.database import RECEIPTS, UPLOADS, writing
from grader.serving.limits import Limits
from grader.serving.parts import Parts
from grader.serving.refusals import Refused
from grader.serving.released import Released
from grader.serving.safe_files import write_whole
from grader.workspace import Workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Upload:
    """A bundle that a learner announced."""

    id: str
    learner: str
    unit: str
    sha256: str
    size: int
    offset: int
    receipt: dict[str, Any] | None
    again: bool = False
    """Whether this very notebook had its receipt already when it came this time."""

    @property
    def done(self) -> bool:
        """Whether it is stored and has its receipt."""
        return self.receipt is not None


class Intake:
    """Receives bundles of a class; every method may be called from any thread.

    A notebook is kept first (``received/LEARNER/UNIT/DIGEST.ipynb``), then its receipt, then it is
    put where grading looks, and only then its upload counts as done. Each step may be done again,
    so what a kill interrupted is finished by `recover`, with the time at which the bytes came.
    """

    def __init__(
        self, workspace: Workspace, engine: Engine, book: ClassBook, limits: Limits
    ) -> None:
        self._workspace = workspace
        self._engine = engine
        self._book = book
        self._limits = limits
        self._received = workspace.root / "received"
        self._lock = workspace.root / "serve.lock"
        self.parts = Parts(workspace.root / "uploads")

    def announce(self, learner: str, unit: str, sha256: str, size: int) -> Upload:
        """Return the upload of a bundle: the same again if it was announced before.

        A bundle that is done counts as handed in once more: it is the one to be graded again,
        with the time and receipt that it has.

        Raises:
            Refused: too large, or no such unit.
        """
        if size > self._limits.bundle_bytes:
            raise Refused(413, self._limits.too_large)
        if not self._book.has_unit(unit):
            raise Refused(422, "There is no such unit in this course; see the notebook's name.")
        mine = (UPLOADS.c.learner == learner, UPLOADS.c.unit == unit, UPLOADS.c.sha256 == sha256)
        with writing(self._engine) as connection:
            row = connection.execute(select(UPLOADS).where(*mine)).first()
            if row is None:
                name = secrets.token_hex(16)
                connection.execute(
                    insert(UPLOADS).values(
                        id=name, learner=learner, unit=unit, sha256=sha256, size=size, made=_now()
                    )
                )
            elif row.size != size:
                raise Refused(422, "This bundle was announced with another size before.")
            else:
                name = row.id
        if row is not None and row.notebook is not None:
            with self._alone():
                self._give_receipt(learner, unit, row.notebook, _now())
                self._put_in_place(learner, unit)
            return replace(self.upload(learner, name), again=True)
        self.parts.begin(name)
        self._forget_oldest(learner)
        return self.upload(learner, name)

    def upload(self, learner: str, name: str) -> Upload:
        """Return a learner's upload.

        Raises:
            Refused: they have none of this name.
        """
        mine = (UPLOADS.c.id == name, UPLOADS.c.learner == learner)
        with self._engine.connect() as connection:
            row = connection.execute(select(UPLOADS).where(*mine)).first()
        if row is None:
            raise Refused(404, "There is no such upload; announce the bundle again.")
        receipt = None
        if row.notebook is not None:
            receipt = self._receipt(learner, row.unit, row.notebook)
        offset = row.size if receipt else (self.parts.offset(name) or 0)
        return Upload(name, learner, row.unit, row.sha256, row.size, offset, receipt)

    def finish(self, upload: Upload) -> Upload:
        """Check a bundle whose last byte came, store its notebook, and return it with its receipt.

        Raises:
            Refused: it isn't what it should be; it is forgotten then, and may be sent anew.
        """
        with self._alone():
            now = self.upload(upload.learner, upload.id)
            if now.done:  # by another connection
                return now
            arrived = self.parts.read(upload.id)
            if arrived is None:
                raise Refused(409, "The bundle's bytes are gone; send it anew.", offset=0)
            content, received = arrived
            try:
                if hashlib.sha256(content).hexdigest() != upload.sha256:
                    raise BadBundle("What arrived isn't what was announced; send it again.")
                bundle = read_bundle(content, upload.unit, self._limits)
                self._check_attempts(upload, bundle.digest)
            except BadBundle as error:
                self._forget(upload.id)
                raise Refused(422, str(error)) from error
            kept = self._received / upload.learner / upload.unit / f"{bundle.digest}.ipynb"
            write_whole(kept, bundle.notebook)
            again = self._give_receipt(upload.learner, upload.unit, bundle.digest, received)
            self._put_in_place(upload.learner, upload.unit)
            with writing(self._engine) as connection:
                connection.execute(
                    update(UPLOADS).where(UPLOADS.c.id == upload.id).values(notebook=bundle.digest)
                )
            self.parts.forget(upload.id)
        self.tell_gradebook()
        return replace(self.upload(upload.learner, upload.id), again=again)

    def submissions(self, learner: str) -> list[dict[str, Any]]:
        """Return a learner's receipts, newest first, with what became of each."""
        query = select(RECEIPTS).where(RECEIPTS.c.learner == learner)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(RECEIPTS.c.again.desc())).all()
        graded = self._book.graded(learner)
        released = Released.of(self._workspace)
        pages = {unit: released.digests(learner, unit) for unit in {row.unit for row in rows}}
        return [
            {
                **_as_receipt(row),
                "status": "feedback released"
                if row.sha256 in pages[row.unit]
                else "graded"
                if (row.unit, row.sha256) in graded
                else "received",
            }
            for row in rows
        ]

    def recover(self) -> None:
        """Finish what a kill interrupted, oldest first, and forget what nobody goes on with."""
        files = self.parts.names()  # before the rows: a row is older than its file
        with self._engine.connect() as connection:
            rows = connection.execute(select(UPLOADS).where(UPLOADS.c.notebook.is_(None))).all()
        for name in files - {row.id for row in rows}:
            self.parts.forget(name)
        for row in sorted(rows, key=lambda row: -self.parts.silent_for(row.id)):
            if self.parts.offset(row.id) == row.size:
                try:
                    self.finish(self.upload(row.learner, row.id))
                except Refused as refused:
                    log.warning("a bundle of %a is refused: %s", row.learner, refused)
            elif self._is_stale(row):
                self._forget(row.id)
        self.tell_gradebook()

    def tell_gradebook(self) -> None:
        """Tell the gradebook of receipts that it doesn't know yet; a busy one hears them later."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(RECEIPTS).where(~RECEIPTS.c.told)).all()
        if not rows:
            return
        try:
            self._book.tell(Arrival(r.learner, r.unit, r.sha256, r.received) for r in rows)
        except DBAPIError as error:
            log.warning("the gradebook can't be written now (%s); it is told later", error.orig)
            return
        with writing(self._engine) as connection:
            for row in rows:
                same = (RECEIPTS.c.learner == row.learner, RECEIPTS.c.unit == row.unit)
                connection.execute(
                    update(RECEIPTS).where(*same, RECEIPTS.c.sha256 == row.sha256).values(told=True)
                )

    def _check_attempts(self, upload: Upload, digest: str) -> None:
        mine = (RECEIPTS.c.learner == upload.learner, RECEIPTS.c.unit == upload.unit)
        with self._engine.connect() as connection:
            known = set(connection.execute(select(RECEIPTS.c.sha256).where(*mine)).scalars())
        if digest not in known and len(known) >= self._limits.attempts:
            raise BadBundle(
                f"You have handed in {len(known)} different notebooks of this unit; more aren't "
                "taken. Ask your instructor."
            )

    def _give_receipt(self, learner: str, unit: str, digest: str, received: datetime) -> bool:
        """Write the row of a receipt; one that is there only notes that the work came again.

        Returns:
            Whether it was there.
        """
        late = self._book.is_late(learner, unit, received)
        mine = (RECEIPTS.c.learner == learner, RECEIPTS.c.unit == unit)
        with writing(self._engine) as connection:
            same = (*mine, RECEIPTS.c.sha256 == digest)
            there = connection.execute(select(RECEIPTS.c.again).where(*same)).scalar()
            if there is not None:
                again = max(there, received)
                connection.execute(update(RECEIPTS).where(*same).values(again=again))
                return True
            attempts = connection.execute(select(func.count()).where(*mine)).scalar() or 0
            connection.execute(
                insert(RECEIPTS).values(
                    learner=learner,
                    unit=unit,
                    sha256=digest,
                    received=received,
                    again=received,
                    late=late,
                    attempt=attempts + 1,
                    told=False,
                )
            )
        return False

    def _put_in_place(self, learner: str, unit: str) -> None:
        """Put the notebook that came last where grading looks for it."""
        mine = (RECEIPTS.c.learner == learner, RECEIPTS.c.unit == unit)
        newest = select(RECEIPTS.c.sha256).where(*mine)
        with self._engine.connect() as connection:
            digest = connection.execute(
                newest.order_by(RECEIPTS.c.again.desc(), RECEIPTS.c.attempt.desc())
            ).scalar()
        kept = self._received / learner / unit / f"{digest}.ipynb"
        folder = self._workspace.submitted / learner / unit
        for name in EXCHANGE_FILES:  # of an earlier submission, by the exchange
            (folder / name).unlink(missing_ok=True)
        write_whole(folder / f"{unit}.ipynb", kept.read_bytes())

    def _receipt(self, learner: str, unit: str, digest: str) -> dict[str, Any]:
        mine = (RECEIPTS.c.learner == learner, RECEIPTS.c.unit == unit)
        query = select(RECEIPTS).where(*mine, RECEIPTS.c.sha256 == digest)
        with self._engine.connect() as connection:
            return _as_receipt(connection.execute(query).one())

    def _is_stale(self, row: Any) -> bool:
        age = (_now() - row.made).total_seconds()
        return min(age, self.parts.silent_for(row.id)) > self._limits.unfinished_seconds

    def _forget_oldest(self, learner: str) -> None:
        mine = (UPLOADS.c.learner == learner, UPLOADS.c.notebook.is_(None))
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(UPLOADS).where(*mine).order_by(UPLOADS.c.made.desc())
            ).all()
        for row in rows[self._limits.unfinished :]:
            self._forget(row.id)

    def _forget(self, name: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                delete(UPLOADS).where(UPLOADS.c.id == name, UPLOADS.c.notebook.is_(None))
            )
        self.parts.forget(name)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one thread, of one process, store at a time: what came last then lies on top."""
        with self._lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def all_receipts(engine: Engine, unit: str | None = None) -> list[dict[str, Any]]:
    """Return the receipts of a class, of one unit or of all, by unit, learner and attempt."""
    query = select(RECEIPTS).order_by(RECEIPTS.c.unit, RECEIPTS.c.learner, RECEIPTS.c.attempt)
    if unit is not None:
        query = query.where(RECEIPTS.c.unit == unit)
    with engine.connect() as connection:
        return [_as_receipt(row) for row in connection.execute(query)]


def _as_receipt(row: Any) -> dict[str, Any]:
    return {
        "unit": row.unit,
        "learner": row.learner,
        "sha256": row.sha256,
        "received": row.received.replace(tzinfo=UTC).isoformat(),
        "late": row.late,
        "attempt": row.attempt,
    }


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)

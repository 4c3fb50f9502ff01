"""The service's own tables: tokens, uploads on their way, and receipts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, DBAPIError

from grader.errors import GraderError
from grader.workspace import Workspace

SERVE_VARIABLE = "GLASSLAB_SERVE_URL"
BUSY_SECONDS = 10
"""How long a request waits for another's change before it is answered with 503."""

TABLES = MetaData()

TOKENS = Table(
    "serve_token",
    TABLES,
    Column("learner", String(128), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of the token
    Column("made", DateTime, nullable=False),  # UTC
)

UPLOADS = Table(
    "serve_upload",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("learner", String(128), nullable=False),
    Column("unit", String(128), nullable=False),
    Column("sha256", String(64), nullable=False),  # of the bundle
    Column("size", BigInteger, nullable=False),
    Column("made", DateTime, nullable=False),  # UTC
    Column("notebook", String(64)),  # its SHA-256, once it is stored and has a receipt
    UniqueConstraint("learner", "unit", "sha256"),
)

RECEIPTS = Table(
    "serve_receipt",
    TABLES,
    Column("learner", String(128), primary_key=True),
    Column("unit", String(128), primary_key=True),
    Column("sha256", String(64), primary_key=True),  # of the notebook
    Column("received", DateTime, nullable=False),  # UTC, when it came first
    Column("again", DateTime, nullable=False),  # UTC, when it came last; the newest is graded
    Column("late", Boolean, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("told", Boolean, nullable=False),  # whether the gradebook knows of it
    UniqueConstraint("learner", "unit", "attempt"),
)


def open_database(workspace: Workspace) -> Engine:
    """Open the service's database: ``GLASSLAB_SERVE_URL``, or an SQLite file in the classroom.

    Raises:
        GraderError: it can't be opened.
    """
    chosen = os.environ.get(SERVE_VARIABLE)
    if not chosen:
        workspace.root.mkdir(parents=True, exist_ok=True)
    url = chosen or f"sqlite:///{workspace.root / 'serve.db'}"
    return open_engine(url, tables=TABLES)


def open_engine(url: str, *, tables: MetaData | None = None) -> Engine:
    """Open a database for many threads: SQLite in WAL mode, synced at each commit.

    Args:
        url: As SQLAlchemy writes them.
        tables: Made if they are missing.

    Raises:
        GraderError: it can't be opened.
    """
    place = None
    try:
        place = make_url(url).render_as_string(hide_password=True)
        engine = create_engine(url, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _careful)
        with engine.begin() as connection:
            if tables is not None:
                tables.create_all(connection)
        return engine
    except ModuleNotFoundError as error:
        raise GraderError(
            f"{place} needs the Python package {error.name!r}; for PostgreSQL install the course "
            "with its extra: pip install -e '.[grading,serve,postgresql]'"
        ) from error
    except ArgumentError as error:  # its words may hold the address, and that a password
        raise GraderError(
            "The address of a database isn't one that SQLAlchemy knows; it looks like "
            "postgresql+psycopg://user@host/name, or sqlite:////folder/file.db."
        ) from error
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise GraderError(f"The database {place} can't be opened: {reason}") from error


def _careful(connection: Any, _record: Any) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction that other writers wait for from its first statement on."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Python's driver begins only at the first change, too late for what was read before.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
            connection.exec_driver_sql("LOCK TABLE serve_receipt IN SHARE ROW EXCLUSIVE MODE")
        try:
            yield connection
            connection.commit()
        except BaseException:
            connection.rollback()
            raise

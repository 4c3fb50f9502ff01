"""Wait for what passes by itself: a gradebook that another program holds, a full disk."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError

from grader.errors import GraderError

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE = 600.0
"""Seconds to wait before an instructor is asked to look."""
PAUSE = 0.5

LOCKED = "another program is writing to it"
FULL = "the disk is full"
GONE = "the database server doesn't answer"
# https://www.sqlite.org/rescode.html; the last is what a full disk means for WAL's index.
_SQLITE = (
    ("SQLITE_BUSY", LOCKED),
    ("SQLITE_LOCKED", LOCKED),
    ("SQLITE_FULL", FULL),
    ("SQLITE_IOERR_SHMSIZE", FULL),
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = (
    ("55P03", LOCKED),
    ("40P01", LOCKED),
    ("40001", LOCKED),
    ("53100", FULL),
    ("57P0", GONE),
    ("08", GONE),
)


def patiently(act: Callable[[], T], place: str, *, patience: float = PATIENCE) -> T:
    """Do something that can be done again, as often as it takes while what hinders it may pass.

    Args:
        act: What to do; it leaves nothing half done when it raises.
        place: What is written to, for people.
        patience: Seconds to wait at most.

    Raises:
        GraderError: it was hindered for longer than that.
    """
    begun = time.monotonic()
    told: set[str] = set()
    while True:
        try:
            return act()
        except (DBAPIError, OSError) as error:
            reason = passing(error)
            if reason is None:
                raise
            waited = time.monotonic() - begun
            if waited > patience:
                raise GraderError(
                    f"{place} could not be written for {waited:.0f} s: {reason}. Mend that and "
                    "run the same command again; what is done so far is kept."
                ) from error
            if reason not in told:
                log.warning("%s: %s; waiting for that to pass ...", place, reason)
                told.add(reason)
        time.sleep(min(PAUSE, patience))


def passing(error: DBAPIError | OSError) -> str | None:
    """Say in words what hinders, if it is something that passes by itself; else None."""
    if isinstance(error, OSError):
        return FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else None
    name = getattr(error.orig, "sqlite_errorname", None)
    state = getattr(error.orig, "sqlstate", None)
    for known, code in ((_SQLITE, name), (_POSTGRESQL, state)):
        for prefix, reason in known:
            if code is not None and code.startswith(prefix):
                return reason
    # psycopg's errors name a state unless no server was there to say one.
    unanswered = isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", "") is None
    return GONE if unanswered or error.connection_invalidated else None

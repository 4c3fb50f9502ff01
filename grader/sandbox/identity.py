"""Who a sandbox runs as: a user of its own if root starts it, else a user namespace's."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from grader.sandbox.errors import SandboxUnavailable

# systemd's table of user numbers leaves this range to nobody; it also exists in containers that
# know 65536 users only. One number a sandbox, because the kernel counts processes per user.
FIRST_UID = 60578
LAST_UID = 61183
UID_INSIDE = 1000


@dataclass(frozen=True)
class Identity:
    """A user number, and whether root must drop to it."""

    uid: int
    dropped_from_root: bool


@contextmanager
def lease() -> Iterator[Identity]:
    """Hold a user number that no other sandbox of this machine uses.

    Raises:
        SandboxUnavailable: hundreds of sandboxes are running.
    """
    if os.geteuid() != 0:
        yield Identity(UID_INSIDE, dropped_from_root=False)
        return
    for uid in range(FIRST_UID, LAST_UID + 1):
        # A name in the abstract namespace is held by one process at a time, leaves no file, and
        # frees itself when its holder dies.
        holder = socket.socket(socket.AF_UNIX)
        try:
            holder.bind(f"\0glasslab-sandbox-{uid}")
        except OSError:
            holder.close()
            continue
        with holder:
            yield Identity(uid, dropped_from_root=True)
        return
    raise SandboxUnavailable("All user numbers for sandboxes are taken: run fewer at once.")

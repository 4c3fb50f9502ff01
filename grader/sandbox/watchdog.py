"""Ends a sandbox whose processes together use too much, and keeps what was said on its stderr.

Resource limits bound one process, not their sum, and control groups can't be made by an ordinary
user everywhere. So a thread adds up what the processes hold, ten times a second. What
waits in sockets belongs to no process, so their number is bounded.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from grader.sandbox.limits import Limits

PERIOD = 0.1
TAIL = 4096
# Page tables count: reading along an empty mapping makes gigabytes of them, and hardly a page.
RESIDENT = re.compile(rb"^Vm(?:RSS|Swap|PTE):\s+(\d+) kB", re.MULTILINE)
PAGE_TABLES = re.compile(rb"^VmPTE:\s+(\d+) kB", re.MULTILINE)
SOCKETS_USED = re.compile(rb"^sockets: used (\d+)", re.MULTILINE)
TCP_USED = re.compile(rb"^TCP: inuse (\d+)", re.MULTILINE)
PROPORTIONAL = re.compile(rb"^(?:Swap)?Pss:\s+(\d+) kB", re.MULTILINE)


class Watchdog:
    """Looks into a sandbox through ``/proc/PID`` of its first process."""

    def __init__(
        self,
        pid: int,
        said: int,
        limits: Limits,
        kill: Callable[[], None],
        *,
        own_network: bool = True,
        forked: bool = False,
    ) -> None:
        """Watch the sandbox whose first process is ``pid``.

        Args:
            pid: As this machine counts.
            said: The reading end of the pipe that is the sandbox's stdout and stderr.
            limits: What may be used.
            kill: Ends the sandbox.
            own_network: Whether its sockets can be told from the machine's.
            forked: Whether it was born with a zygote's memory, its share of which isn't its own.
        """
        self.cause: str | None = None
        """Why the sandbox was ended, in words."""
        self._root = Path(f"/proc/{pid}/root")
        self._sockets = Path(f"/proc/{pid}/net/sockstat") if own_network else None
        self._said = said
        self._tail = b""
        self._limits = limits
        # At most so much is its share, however many kernels come and go.
        self._memory = limits.memory + (_resident(Path(f"/proc/{pid}")) if forked else 0)
        self._kill = kill
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-watchdog", daemon=True)

    def __enter__(self) -> Watchdog:
        os.set_blocking(self._said, False)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def words(self) -> str:
        """The end of what was said on stderr, for an instructor."""
        self._drain()
        return self._tail.decode("utf-8", "replace").strip()

    def _run(self) -> None:
        while not self._stop.wait(PERIOD):
            self._drain()
            cause = self._excess()
            if cause is not None:
                self.cause = cause
                self._kill()
                return

    def _drain(self) -> None:
        # A full pipe would block whoever writes to it; a few rounds, so that a flood can't keep
        # the watchdog from its other duty.
        for _ in range(16):
            try:
                data = os.read(self._said, 2**16)
            except OSError:
                return
            if not data:
                return
            self._tail = (self._tail + data)[-TAIL:]

    def _excess(self) -> str | None:
        """Return which limit the sandbox broke, or None; a sandbox that is gone broke none."""
        try:
            folders = self._processes()
            if (
                sum(map(_resident, folders)) > self._memory
                # Shared pages were counted once a process; look closer before judging.
                and sum(map(_proportional, folders)) > self._memory
            ):
                return "memory"
            if self._files_used() > self._limits.files:
                return "files"
            if self._has_too_many_sockets():
                return "sockets"
        except OSError:
            return None
        return None

    def _processes(self) -> list[Path]:
        return [path for path in (self._root / "proc").iterdir() if path.name.isdecimal()]

    def _files_used(self) -> int:
        used = 0
        for folder in ("tmp", "dev/shm"):
            status = os.statvfs(self._root / folder)
            used += status.f_files - status.f_ffree
        return used

    def _has_too_many_sockets(self) -> bool:
        """Ask the network namespace, which also counts sockets that no process has open."""
        if self._sockets is None:
            return False
        text = self._sockets.read_bytes()
        bounds = ((SOCKETS_USED, self._limits.sockets), (TCP_USED, self._limits.tcp_sockets))
        return any(int(used) > most for line, most in bounds for used in line.findall(text))


def _resident(folder: Path) -> int:
    """Return a process's bytes in memory and swap, shared pages included; 0 if it has ended."""
    return _sum_of(RESIDENT, folder / "status") or 0


def _proportional(folder: Path) -> int:
    """Return a process's bytes, each shared page divided by its users."""
    found = _sum_of(PROPORTIONAL, folder / "smaps_rollup")
    if found is None:
        return _resident(folder)
    return found + (_sum_of(PAGE_TABLES, folder / "status") or 0)


def _sum_of(lines: re.Pattern[bytes], file: Path) -> int | None:
    try:
        return sum(int(kilobytes) for kilobytes in lines.findall(file.read_bytes())) * 1024
    except OSError:
        return None

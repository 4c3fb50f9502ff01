"""The zygote as the grader uses it: a process that has imported everything heavy and forks kernels.

Starting a kernel anew costs seconds, most of them imports. The zygote stands behind the outer walls
(`walls`), never runs a learner's code, and forks; what it forks builds inner walls (`inner`) around
itself before it becomes a kernel. What the inner walls do:

- user: root's zygote gives each kernel a user number of its own; an ordinary user's gives it a
  user namespace of its own, in which no further one can be made. No capability is left.
- PID, IPC, UTS, cgroup and network namespaces: a kernel sees no process, socket or queue of
  another, nor the zygote's. Its first process ends with the grader's end of the line, and all
  others with it.
- mounts: /tmp, /dev/shm, /dev/pts, /run and /proc of its own, bounded; all else is read-only.
- Landlock, system-call filter, resource limits and watchdog: as for a kernel started anew.
- open files: all but 0, 1 and 2 are closed. The zygote has no address; its one socket is inherited,
  and closed in every child before an order is read.

What it would mean if they failed. The outer walls still stand around whoever gets out of the inner
ones: no network, no secret, no gradebook, no other file of the machine's. What is new is that
kernels at work at the same time share those outer walls and a kernel's worth of memory, read-only:
a hole in the machine's kernel, or a zygote that let go of a privilege too late, lets one submission
reach another or the zygote, whose later children it could change. That is the price of warmth;
``--isolation cold`` doesn't pay it. All children of one zygote also share Python's hash seed and
the places of libraries in memory: neither protects anything here.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import select
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Literal

from grader.errors import GraderError
from grader.sandbox.errors import SandboxUnavailable
from grader.sandbox.forking import FIRST, LONGEST_ORDER, UP, WARM
from grader.sandbox.identity import UID_INSIDE, Identity, lease
from grader.sandbox.inner import Order
from grader.sandbox.layout import find_layout
from grader.sandbox.limits import Limits
from grader.sandbox.process import Process, started
from grader.sandbox.seccomp import filter_fd
from grader.sandbox.walls import (
    CONNECTION_FILE,
    HOME,
    Walls,
    below_tmp,
    kernel_argv,
    passwd,
    resource_limits,
    zygote_command,
)

log = logging.getLogger(__name__)

Isolation = Literal["warm", "cold"]

WARM_UP_SECONDS = 300.0
LOOK_SECONDS = 0.5
TAIL = 4096
ATTEMPTS = 3


class _Gone(Exception):
    """The zygote died before an order was carried out."""


class Zygote:
    """Forks kernels for sandboxes of any thread, and is started again if it dies.

    Raises:
        SandboxUnavailable: it can't be started, or the inner walls can't be built here.
    """

    def __init__(self, walls: Walls | None = None) -> None:
        self.walls = walls or Walls()
        self._lock = threading.Lock()
        self._life: _Life | None = None

    def __enter__(self) -> Zygote:
        try:
            # A trial: from here on, walls that can't be built are an accident.
            limits = Limits(startup_seconds=WARM_UP_SECONDS)
            with lease() as identity:
                order = replace(_order(limits, self.walls, identity, b""), trial=True)
                with self._ordered(order, limits.startup_seconds):
                    pass
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The first process behind the outer walls, as this machine counts; None if it is dead."""
        life = self._life
        return life.first if life is not None and life.alive else None

    def close(self) -> None:
        """End it and every kernel that it forked."""
        with self._lock:
            if self._life is not None:
                self._life.end()
                self._life = None

    def forked(
        self, limits: Limits, walls: Walls, identity: Identity, connection: bytes
    ) -> AbstractContextManager[Process]:
        """Fork a kernel, and end it and all it started when the block is left.

        Args:
            limits: How much it may use.
            walls: Which walls stand; the outer ones are the zygote's.
            identity: Who it runs as.
            connection: Jupyter's connection file for it.

        Raises:
            SandboxUnavailable: the zygote can't be started, or the inner walls not be built.
            GraderError: the zygote has other outer walls.
        """
        if walls.outer != self.walls.outer:
            raise GraderError(
                "A sandbox can't have other outer walls than its zygote: give zygote_for the same."
            )
        return self._ordered(_order(limits, walls, identity, connection), limits.startup_seconds)

    @contextmanager
    def _ordered(self, order: Order, seconds: float) -> Iterator[Process]:
        with ExitStack() as stack:
            said, said_write = os.pipe()
            stack.callback(os.close, said)
            try:
                line, first_fd = self._place(order, said_write, seconds)
            finally:
                os.close(said_write)
            stack.enter_context(line)
            stack.callback(os.close, first_fd)
            process = Process(_pid_of(first_fd), first_fd, said)
            stack.callback(process.end)
            yield process

    def _place(self, order: Order, said: int, seconds: float) -> tuple[socket.socket, int]:
        """Have an order carried out; return the line that ends it when closed, and a pidfd."""
        for _ in range(ATTEMPTS):
            life = self._living()
            try:
                return life.fork(order, said, seconds)
            except _Gone:
                # It may look alive for a moment yet, and take other orders with it.
                self._bury(life)
        raise SandboxUnavailable(
            f"The zygote died {ATTEMPTS} times at forking a kernel: is there enough memory? "
            "'--isolation cold' does without it."
        )

    def _living(self) -> _Life:
        life = self._life
        if life is not None and not life.alive:
            self._bury(life)
        with self._lock:
            if self._life is None:
                self._life = _Life(self.walls)
            return self._life

    def _bury(self, life: _Life) -> None:
        with self._lock:
            if self._life is life:
                life.end()
                self._life = None
                log.warning("The zygote died; another takes its place.")


def _order(limits: Limits, walls: Walls, identity: Identity, connection: bytes) -> Order:
    is_root = identity.dropped_from_root
    filtered = base64.b64encode(_filter_program()).decode() if walls.syscall_filter else None
    return Order(
        uid=identity.uid,
        drop_root=is_root and walls.own_user,
        own_user_namespace=not is_root,
        own_network=walls.no_network,
        landlock=walls.landlock,
        syscall_filter=filtered,
        tmp=limits.tmp,
        shared_memory=limits.shared_memory,
        files=limits.files,
        kept=tuple(below_tmp(find_layout(), walls)),
        home=HOME,
        passwd=passwd(identity.uid),
        connection=connection.decode(),
        connection_file=CONNECTION_FILE,
        limits=resource_limits(limits),
        argv=tuple(kernel_argv()),
    )


@contextmanager
def zygote_for(isolation: Isolation, walls: Walls | None = None) -> Iterator[Zygote | None]:
    """Give a zygote for warm isolation, or None: for cold, and where kernels can't be forked.

    Args:
        isolation: "warm": kernels are forked; "cold": each is started anew.
        walls: Which walls stand; all if None. Those of its sandboxes have the same outer ones.
    """
    if isolation == "cold":
        yield None
        return
    with ExitStack() as stack:
        zygote = None
        try:
            if sys.platform != "linux":
                raise SandboxUnavailable(f"{sys.platform} has no namespaces")
            zygote = stack.enter_context(Zygote(walls))
        except SandboxUnavailable as error:
            log.warning("Kernels can't be forked here, so each starts anew, slower: %s", error)
        yield zygote


class _Life:
    """One zygote from start to end, in a thread of its own: the machine ends it with its opener."""

    def __init__(self, walls: Walls) -> None:
        """Start a zygote and wait until it is warm.

        Raises:
            SandboxUnavailable: it didn't get warm.
        """
        self.first = 0
        self._process: Process | None = None
        self._walls = walls
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._tail = b""
        self._error: BaseException | None = None
        self._stop, self._begun = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-zygote", daemon=True)
        self._thread.start()
        self._begun.wait()
        if self._error is not None:
            self.end()
            raise self._error

    @property
    def alive(self) -> bool:
        return self._thread.is_alive() and self._process is not None and self._process.alive

    def end(self) -> None:
        self._stop.set()
        self._ours.close()
        self._thread.join()

    def fork(self, order: Order, said: int, seconds: float) -> tuple[socket.socket, int]:
        """Send an order; see `Zygote._place`.

        Raises:
            _Gone: the zygote died on the way.
            SandboxUnavailable: the inner walls can't be built.
        """
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        first_fd: int | None = None
        is_up = False
        near.settimeout(seconds)
        try:
            with far:
                near.send(order.to_json())
                # Only open files go to the zygote itself: what it reads, later children inherit.
                socket.send_fds(self._ours, [b"fork"], [far.fileno(), said])
            while first_fd is None or not is_up:
                word, fds, _, _ = socket.recv_fds(near, LONGEST_ORDER, 1, socket.MSG_CMSG_CLOEXEC)
                if word == FIRST and fds:
                    first_fd = fds[0]
                elif word == UP:
                    is_up = True
                elif not word:
                    raise _Gone
                else:
                    raise _refused(word.decode("utf-8", "replace"))
        except BaseException as error:
            near.close()
            if first_fd is not None:
                os.close(first_fd)
            if isinstance(error, OSError):
                raise _Gone from error
            raise
        return near, first_fd

    def _run(self) -> None:
        identity = Identity(UID_INSIDE, dropped_from_root=os.geteuid() == 0)
        try:
            layout = find_layout()
            inner = zygote_command(layout, self._theirs.fileno())
            with started(
                *(layout, Limits(), self._walls, identity, inner), control=self._theirs.fileno()
            ) as process:
                self._theirs.close()
                self._process, self.first = process, process.first
                os.set_blocking(process.said, False)
                self._wait_until_warm(process)
                self._begun.set()
                while not self._stop.wait(LOOK_SECONDS) and process.alive:
                    self._listen(process)
        except BaseException as error:
            self._error = error
        finally:
            self._theirs.close()
            self._begun.set()

    def _wait_until_warm(self, process: Process) -> None:
        self._ours.settimeout(WARM_UP_SECONDS)
        word = b""
        with suppress(OSError):
            word = self._ours.recv(16)
        self._ours.settimeout(None)
        if word != WARM:
            select.select([process.first_fd], [], [], LOOK_SECONDS)
            self._listen(process)
            said = self._tail.decode("utf-8", "replace").strip().splitlines()
            raise SandboxUnavailable(
                f"The zygote didn't start ({said[-1] if said else 'it said nothing'}): check that "
                "'import glasslab, transformer_lens' works."
            )

    def _listen(self, process: Process) -> None:
        """Take what the zygote says, so that it never waits for a reader."""
        with suppress(BlockingIOError):
            while data := os.read(process.said, 2**16):
                self._tail = (self._tail + data)[-TAIL:]


@lru_cache(maxsize=1)
def _filter_program() -> bytes:
    with os.fdopen(filter_fd(), "rb") as file:
        return file.read()


def _pid_of(pidfd: int) -> int:
    """Return the number that this machine knows a process by; 0 if it is gone."""
    text = Path(f"/proc/self/fdinfo/{pidfd}").read_text()
    found = re.search(r"^Pid:\s+(\d+)$", text, re.MULTILINE)
    return int(found[1]) if found else 0


def _refused(why: str) -> SandboxUnavailable:
    return SandboxUnavailable(
        f"The inner walls can't be built here ({why}): allow namespaces within namespaces, or use "
        "'--isolation cold'."
    )

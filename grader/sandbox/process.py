"""Starts bubblewrap and ends it, whatever runs inside."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from grader.sandbox.errors import SandboxUnavailable
from grader.sandbox.identity import Identity
from grader.sandbox.layout import Layout
from grader.sandbox.limits import Limits
from grader.sandbox.seccomp import filter_fd
from grader.sandbox.walls import SOCKETS, Fds, Walls, command, passwd

END_SECONDS = 10.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.001, 0.02
BARE = {"PATH": "/usr/bin:/bin"}


@dataclass(frozen=True)
class Process:
    """A running sandbox: bubblewrap outside, and the first process inside."""

    first: int
    """The first process inside, as this machine counts. All others end with it."""
    first_fd: int
    said: int
    """Where stdout and stderr can be read."""
    outside: subprocess.Popen[bytes] | None = None
    """Bubblewrap's other half; a forked sandbox has none."""

    @property
    def alive(self) -> bool:
        """Whether the sandbox still runs."""
        return not select.select([self.first_fd], [], [], 0)[0]

    def kill(self) -> None:
        """End every process inside at once; the kernel of the machine does it, none can resist."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.first_fd, signal.SIGKILL)

    def end(self) -> None:
        """Kill, and wait until nothing is left: the first process ends after all others.

        Bubblewrap's outside half may be gone before that, so waiting for it isn't enough.
        """
        self.kill()
        select.select([self.first_fd], [], [], END_SECONDS)
        if self.outside is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.outside.wait(END_SECONDS)

    def connect(self, number: int) -> socket.socket | None:
        """Connect to a socket of the Jupyter kernel inside, or return None if it isn't there yet.

        It is reached through ``/proc``, so the sandbox needs no folder on the host, which
        it could fill or leave traps in.
        """
        one = socket.socket(socket.AF_UNIX)
        try:
            one.connect(f"/proc/{self.first}/root{SOCKETS}-{number}")
        except OSError:
            one.close()
            return None
        return one


@contextmanager
def started(
    layout: Layout,
    limits: Limits,
    walls: Walls,
    identity: Identity,
    inner: list[str],
    connection: bytes = b"",
    control: int | None = None,
) -> Iterator[Process]:
    """Run ``inner`` behind the walls until the block is left; then nothing of it is left.

    With ``control``, an open file that it inherits, it is a zygote: it may build walls of its own.

    Raises:
        SandboxUnavailable: bubblewrap couldn't build the walls.
    """
    forks = control is not None
    with ExitStack() as stack:
        info_read, info_write = os.pipe()
        said_read, said_write = os.pipe()
        given = [info_write, _file_with(connection), _file_with(passwd(identity.uid).encode())]
        stack.callback(os.close, info_read)
        stack.callback(os.close, said_read)
        with _closing(given), _closing([said_write]):
            filtered = filter_fd() if walls.syscall_filter and not forks else None
            if filtered is not None:
                given.append(filtered)
            fds = Fds(given[1], given[2], info_write, filtered)
            outside = subprocess.Popen(
                command(layout, limits, walls, identity, fds, inner, forks=forks),
                stdin=subprocess.DEVNULL,
                stdout=said_write,
                stderr=said_write,
                pass_fds=given if control is None else [*given, control],
                # Not cleared by bubblewrap but bare from the start: its own environment can be
                # read inside, in /proc/1/environ.
                env=BARE if walls.clean_environment else dict(os.environ),
                start_new_session=True,
            )
        stack.callback(_end, outside)
        first = _first_process(info_read, outside, said_read, limits.startup_seconds)
        first_fd = os.pidfd_open(first)
        stack.callback(os.close, first_fd)
        process = Process(first, first_fd, said_read, outside)
        stack.callback(process.end)
        yield process


def wait_for(condition: Callable[[], bool], process: Process, seconds: float) -> bool:
    """Wait for a condition, the end of the sandbox, or of the time; return whether it holds."""
    deadline, pause = time.monotonic() + seconds, SHORTEST_PAUSE
    while not condition():
        if not process.alive or time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(1.5 * pause, LONGEST_PAUSE)
    return True


def why_it_failed(said: str) -> SandboxUnavailable:
    """Turn what bubblewrap said into the sentence that an instructor needs."""
    last = said.strip().splitlines()[-1] if said.strip() else "no reason was given"
    advice = "see 'man bwrap'"
    if "nknown option" in last:
        advice = "install bubblewrap 0.8 or newer"
    elif last.startswith("setpriv"):
        advice = "this root can't become another user; run as an ordinary user or as full root"
    elif "amespace" in last or "ermission" in last or "not permitted" in last:
        advice = (
            "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, or an AppArmor "
            "profile for bwrap; in a container: --cap-add SYS_ADMIN --security-opt "
            "seccomp=unconfined), or run as root"
        )
    return SandboxUnavailable(f"The walls can't be built here ({last}): {advice}.")


def _first_process(info: int, outside: subprocess.Popen[bytes], said: int, seconds: float) -> int:
    """Read the number of the first process inside from bubblewrap."""
    text = b""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ready, _, _ = select.select([info], [], [], 0.1)
        if not ready:
            continue
        data = os.read(info, 4096)
        if not data:
            break
        text += data
        with contextlib.suppress(ValueError):
            return int(json.loads(text)["child-pid"])
    outside.kill()
    outside.wait()
    os.set_blocking(said, False)
    with contextlib.suppress(BlockingIOError):
        text = os.read(said, 2**16)
    raise why_it_failed(text.decode("utf-8", "replace"))


def _end(outside: subprocess.Popen[bytes]) -> None:
    """Wait for bubblewrap, which ends when the first process inside has, and all others with it."""
    try:
        outside.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        outside.kill()
        outside.wait()


def _file_with(data: bytes) -> int:
    fd = os.memfd_create("sandbox")
    os.write(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


@contextmanager
def _closing(fds: list[int]) -> Iterator[None]:
    try:
        yield
    finally:
        for fd in fds:
            os.close(fd)

"""A kernel without walls, for a learner's own notebook on their own machine.

Where no walls can be built (no Linux, no bubblewrap), practice runs the notebook as the learner's
own Jupyter would. Never for what somebody else wrote.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.connect import write_connection_file

from glasslab.guesses import FILE_NAME, PLACE
from glasslab.submitting.rerunning import RUNNING
from grader.errors import GraderError
from grader.sandbox import Sandbox, inside
from grader.sandbox.box import LISTEN, PREPARE_SECONDS
from grader.sandbox.kernel import USED, Kernel

RESPONDER = "glasslab_responder.py"
"""The name under which the kernel finds what answers questions."""
HERE = "127.0.0.1"
PAUSE = 0.05
END_SECONDS = 10.0


@dataclass(frozen=True)
class _Process:
    """The kernel's process, and all that it started."""

    popen: subprocess.Popen[bytes]

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def end(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(END_SECONDS)


@dataclass(frozen=True)
class _Unwatched:
    """Stands where a sandbox counts and watches: nothing is counted, nothing ends the kernel."""

    received: int = 0
    cut: bool = False
    cause: str | None = None


class PlainKernel(Sandbox):
    """Does what a `Sandbox` does, with no walls and no bounds on memory; time is bounded.

    Raises:
        GraderError: the kernel doesn't start.
    """

    def _start(self, stack: ExitStack) -> None:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="glasslab-practice-")))
        shutil.copyfile(inside.__file__, folder / RESPONDER)
        (folder / "work").mkdir()
        key = secrets.token_hex(32).encode()
        file, ports = write_connection_file(str(folder / "kernel.json"), ip=HERE, key=key)
        process: Any = stack.enter_context(_started(folder, file))
        self._process = process
        unwatched: Any = _Unwatched()
        self._relay = self._watchdog = unwatched
        addresses = {name: int(ports[f"{name}_port"]) for name in USED}
        deadline = time.monotonic() + self.limits.startup_seconds
        while not all(map(_listens, addresses.values())):
            if not process.alive or time.monotonic() > deadline:
                raise _no_kernel()
            time.sleep(PAUSE)
        self._kernel = Kernel(
            {name: f"tcp://{HERE}:{port}" for name, port in addresses.items()},
            key,
            largest_message=max(self.limits.cell_traffic, self.limits.answer),
            is_alive=lambda: self.alive,
            received=lambda: 0,
        )
        stack.callback(self._kernel.close)
        if not self._kernel.wait_until_ready(deadline - time.monotonic()):
            raise _no_kernel()
        self._execute(LISTEN, seconds=PREPARE_SECONDS, listen=lambda *_: None, as_cell=False)


@contextmanager
def _started(folder: Path, connection: str) -> Iterator[_Process]:
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", connection]
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        "OMP_NUM_THREADS": "1",
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        # The kernel ends with us, whatever ends us.
        "JPY_PARENT_PID": str(os.getpid()),
        # Guesses are as in grading: none yet; and nothing is handed in from here.
        PLACE: str(folder / "work" / FILE_NAME),
        RUNNING: "1",
    }
    popen = subprocess.Popen(
        [*command, "--HistoryManager.enabled=False"],
        cwd=folder / "work",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    process = _Process(popen)
    try:
        yield process
    finally:
        process.end()


def _listens(port: int) -> bool:
    """Whether a socket of the kernel is there: one connects once, and doesn't try again."""
    try:
        socket.create_connection((HERE, port), timeout=1).close()
    except OSError:
        return False
    return True


def _no_kernel() -> GraderError:
    return GraderError(
        "Python's kernel didn't start: check that 'python -m ipykernel_launcher --version' works; "
        "'glasslab doctor' may say more."
    )

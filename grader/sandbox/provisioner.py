"""A kernel provisioner: lets any jupyter_client, nbclient say, run kernels forked from a zygote.

A kernelspec asks for it::

    {"interrupt_mode": "message",
     "metadata": {"kernel_provisioner": {"provisioner_name": "glasslab-warm"}}}

The client connects by itself, and nothing bounds what it takes in: a `Sandbox` is for work that may
be hostile, this for whatever else wants a quick kernel behind walls.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import signal
from contextlib import ExitStack
from functools import lru_cache
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from grader.sandbox.box import connection_file
from grader.sandbox.identity import lease
from grader.sandbox.limits import Limits
from grader.sandbox.process import Process
from grader.sandbox.walls import SOCKETS
from grader.sandbox.watchdog import Watchdog
from grader.sandbox.zygote import Zygote

PAUSE_SECONDS = 0.02


class WarmProvisioner(KernelProvisionerBase):
    """Forks one kernel from this process's zygote, and ends it with all that it started."""

    _process: Process | None = None
    _stack: ExitStack | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was forked and has not been waited for."""
        return self._process is not None

    async def poll(self) -> int | None:
        """Return None while the kernel runs, else 0."""
        return None if self._process is not None and self._process.alive else 0

    async def wait(self) -> int | None:
        """Wait for the kernel's end, and let go of it."""
        while await self.poll() is None:
            await asyncio.sleep(PAUSE_SECONDS)
        await self.cleanup()
        return 0

    async def send_signal(self, signum: int) -> None:
        """End the kernel if the signal would; interrupts travel as messages."""
        if self._process is not None and signum in (signal.SIGTERM, signal.SIGKILL):
            self._process.kill()

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and all that it started."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """End the kernel and all that it started."""
        await self.send_signal(signal.SIGTERM)

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Return what `launch_kernel` is to be called with: the kernelspec's command isn't run."""
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel and return where it can be reached: through its own /tmp, by its number.

        Raises:
            SandboxUnavailable: kernels can't be forked here.
        """
        if self.parent is None:
            raise RuntimeError("A provisioner belongs to a kernel manager, whose key it needs.")
        connection = connection_file(self.parent.session.key)
        process = await asyncio.to_thread(self._fork, connection)
        self._process = process
        self.connection_info = json.loads(connection)
        self.connection_info["key"] = self.parent.session.key
        self.connection_info["ip"] = f"/proc/{process.first}/root{SOCKETS}"
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of everything that the kernel had; may be called twice."""
        self._process = None
        if self._stack is not None:
            self._stack.close()
            self._stack = None

    def _fork(self, connection: bytes) -> Process:
        zygote, limits = _shared_zygote(), Limits()
        with ExitStack() as stack:
            identity = stack.enter_context(lease())
            process = stack.enter_context(zygote.forked(limits, zygote.walls, identity, connection))
            stack.enter_context(
                Watchdog(process.first, process.said, limits, process.kill, forked=True)
            )
            self._stack = stack.pop_all()
        return process


@lru_cache(maxsize=1)
def _shared_zygote() -> Zygote:
    """Return this process's zygote: jupyter_client makes a provisioner for each kernel alone."""
    zygote = Zygote().__enter__()
    atexit.register(zygote.close)
    return zygote

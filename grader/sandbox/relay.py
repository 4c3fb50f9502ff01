"""The line between a kernel and the examiner: one connection a channel, and every byte counted.

A ZeroMQ message may have any number of parts, and its reader must hold them all: whoever speaks
ZeroMQ to a hostile kernel can be filled up. So the examiner's sockets connect to this relay, which
cuts the line after so many bytes, each frame counting as what it costs to hold. It also connects
to the kernel once, before any code of the learner's ran, so a socket file that is swapped later
leads nowhere.
"""

from __future__ import annotations

import os
import secrets
import select
import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType

from grader.sandbox.zmtp import FrameCounter, ProtocolError

CHUNK = 2**16
FRAME_COST = 200
"""Bytes that ZeroMQ and Python hold for a frame, however short: 64 and about as much again."""
PAUSE_MS = 100


@dataclass
class _Flow:
    """One direction of one channel; reads no more before what it holds is passed on."""

    source: socket.socket
    sink: socket.socket
    from_kernel: bool
    held: bytes = b""
    frames: FrameCounter = field(default_factory=FrameCounter)


class Relay:
    """Carries bytes between sockets of this process and a kernel's, in a thread of its own."""

    def __init__(self, kernel: Mapping[str, socket.socket], limit: int) -> None:
        """Take over the connected sockets of a kernel's channels; see `endpoints`.

        Args:
            kernel: A connected socket for each channel.
            limit: Bytes that may ever come from the kernel, frames counted as what they cost.
        """
        self.received = 0
        self.cut = False
        self._limit = limit
        self._kernel = dict(kernel)
        self._listeners = {channel: _listen() for channel in kernel}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-relay", daemon=True)

    @property
    def endpoints(self) -> dict[str, str]:
        """A ZeroMQ address for each channel; each accepts one connection of this process."""
        return {
            channel: "ipc://@" + listener.getsockname()[1:].decode()
            for channel, listener in self._listeners.items()
        }

    def __enter__(self) -> Relay:
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

    def _run(self) -> None:
        sockets = [*self._listeners.values(), *self._kernel.values()]
        try:
            flows: list[_Flow] = []
            for channel, listener in self._listeners.items():
                near = _accept(listener, self._stop)
                if near is None:
                    return
                sockets.append(near)
                near.setblocking(False)
                far = self._kernel[channel]
                far.setblocking(False)
                flows += [_Flow(far, near, True), _Flow(near, far, False)]
            while not self._stop.is_set() and not self.cut:
                self._turn(flows)
        except (OSError, ProtocolError):
            pass  # One end is gone or mad: the kernel is lost, and its owner sees that elsewhere.
        finally:
            self.cut = True
            for one in sockets:
                one.close()

    def _turn(self, flows: list[_Flow]) -> None:
        poll = select.poll()
        wanted: dict[int, int] = {}
        for flow in flows:
            one, event = (flow.sink, select.POLLOUT) if flow.held else (flow.source, select.POLLIN)
            wanted[one.fileno()] = wanted.get(one.fileno(), 0) | event
        for fd, events in wanted.items():
            poll.register(fd, events)
        ready = dict(poll.poll(PAUSE_MS))
        for flow in flows:
            if flow.held and ready.get(flow.sink.fileno()):
                flow.held = flow.held[flow.sink.send(flow.held) :]
            elif not flow.held and ready.get(flow.source.fileno(), 0) & ~select.POLLOUT:
                flow.held = _receive(flow.source)
                self._count(flow)

    def _count(self, flow: _Flow) -> None:
        if flow.from_kernel:
            self.received += len(flow.held) + FRAME_COST * flow.frames.count(flow.held)
            self.cut = self.cut or self.received > self._limit


def _receive(source: socket.socket) -> bytes:
    try:
        data = source.recv(CHUNK)
    except BlockingIOError:
        return b""
    if not data:
        raise ConnectionResetError
    return data


def _listen() -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"\0glasslab-relay-{os.getpid()}-{secrets.token_hex(8)}")
    listener.listen(1)
    listener.settimeout(PAUSE_MS / 1000)
    return listener


def _accept(listener: socket.socket, stop: threading.Event) -> socket.socket | None:
    """Accept the one connection, and only from this very process."""
    while not stop.is_set():
        try:
            near, _ = listener.accept()
        except TimeoutError:
            continue
        credentials = near.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        if struct.unpack("3i", credentials)[0] == os.getpid():
            return near
        near.close()
    return None

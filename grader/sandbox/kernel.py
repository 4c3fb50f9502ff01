"""Speaks Jupyter's protocol to a kernel that may be hostile: bounded, single connection, no files.

jupyter_client's `Session` signs and reads messages; its clients are not used, for they connect by
themselves, reconnect, and hold whatever comes in. nbclient keeps all outputs before anyone can
look at their size.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import zmq
from jupyter_client.session import Session

from grader.many_parts import MOST_MARKS, marks
from grader.sandbox.inside import REPLY, REQUEST

CHANNELS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}
"""Numbers of the kernel's sockets."""
USED = {"shell": zmq.DEALER, "iopub": zmq.SUB, "control": zmq.DEALER}
QUEUED_MESSAGES = 100
POLL_MS = 50

Ended = Literal["reply", "silent", "timeout", "flood", "died"]
Listener = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Message:
    """The parts of a message that anyone looks at; all of them are the kernel's word only."""

    kind: str
    parent: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Execution:
    """How an execution ended, the reply if there was one, and whether the kernel is free again."""

    ended: Ended
    reply: dict[str, Any] | None = None
    came_back: bool = False


class Kernel:
    """A connected kernel: executes one thing at a time."""

    def __init__(
        self,
        endpoints: Mapping[str, str],
        key: bytes,
        *,
        largest_message: int,
        is_alive: Callable[[], bool],
        received: Callable[[], int],
    ) -> None:
        """Connect to the channels of ``endpoints``, which may each be connected to once."""
        self._session = Session(key=key, signature_scheme="hmac-sha256", username="grader")
        self._largest_message = largest_message
        self._is_alive = is_alive
        self._received = received
        self._context = zmq.Context()
        self._sockets: dict[str, zmq.Socket] = {}
        for channel, kind in USED.items():
            one = self._context.socket(kind)
            one.setsockopt(zmq.LINGER, 0)
            one.setsockopt(zmq.RCVHWM, QUEUED_MESSAGES)
            one.setsockopt(zmq.RECONNECT_IVL, -1)
            if kind == zmq.SUB:
                one.setsockopt(zmq.SUBSCRIBE, b"")
            one.connect(endpoints[channel])
            self._sockets[channel] = one
        self._poller = zmq.Poller()
        for one in self._sockets.values():
            self._poller.register(one, zmq.POLLIN)

    def close(self) -> None:
        """Let go of the sockets."""
        self._context.destroy(linger=0)

    def wait_until_ready(self, seconds: float) -> bool:
        """Return whether the kernel answers, and whether what it publishes arrives here."""
        deadline = time.monotonic() + seconds
        heard = answered = False
        while not (heard and answered):
            if time.monotonic() > deadline or not self._is_alive():
                return False
            self._send("shell", "kernel_info_request", {})
            until = time.monotonic() + 0.5
            while time.monotonic() < until and not (heard and answered):
                for channel, message in self._receive():
                    heard |= channel == "iopub"
                    answered |= channel == "shell" and message.kind == "kernel_info_reply"
        return True

    def execute(
        self,
        source: str,
        *,
        seconds: float,
        grace: float,
        traffic: int,
        listen: Listener,
        as_cell: bool,
    ) -> Execution:
        """Execute code and pass on what it publishes; interrupt it when its time is over.

        Args:
            source: The code.
            seconds: How long it may take.
            grace: How long it may take to come back from an interrupt.
            traffic: How many bytes it may send before it is interrupted.
            listen: Is called with kind and content of each message on iopub.
            as_cell: Whether it counts as a notebook's cell: in the history, with hooks.
        """
        request = self._send(
            "shell",
            "execute_request",
            {
                "code": source,
                "silent": not as_cell,
                "store_history": as_cell,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": False,
            },
        )
        return self._conversation(
            request, "execute_reply", seconds=seconds, grace=grace, traffic=traffic, listen=listen
        )

    def request(
        self,
        content: dict[str, Any],
        buffers: Sequence[bytes] = (),
        *,
        seconds: float,
        grace: float,
        traffic: int,
    ) -> Execution:
        """Send the responder a message and wait for its reply; nothing that is shown is read.

        Args:
            content: What it is to do, as JSON values.
            buffers: What goes with it as bytes.
            seconds: How long it may take.
            grace: How long it may take to come back from an interrupt.
            traffic: How many bytes may come before it is interrupted.
        """
        request = self._send("shell", REQUEST, content, buffers)
        return self._conversation(
            request, REPLY, seconds=seconds, grace=grace, traffic=traffic, listen=None
        )

    def _conversation(
        self,
        request: str,
        awaited: str,
        *,
        seconds: float,
        grace: float,
        traffic: int,
        listen: Listener | None,
    ) -> Execution:
        """Wait for the reply to a request and, where anyone listens, for the word "idle".

        A kernel that is idle again and hasn't replied will not: its handler was taken away.
        """
        start, deadline = self._received(), time.monotonic() + seconds
        ended: Ended = "reply"
        reply: dict[str, Any] | None = None
        idle = False
        while reply is None or (listen is not None and not idle):
            if not self._is_alive():
                return Execution("died")
            late = time.monotonic() > deadline
            if late and (reply is not None or ended != "reply"):
                # After a reply only the word "idle" is missing, which a kernel may keep to itself.
                return Execution(ended, reply, came_back=reply is not None)
            if late and idle:
                return Execution("silent", came_back=True)
            flooded = self._received() - start > traffic
            if ended == "reply" and reply is None and (late or flooded):
                ended = "flood" if flooded else "timeout"
                deadline = time.monotonic() + grace
                self._send("control", "interrupt_request", {})
            for channel, message in self._receive():
                if message.parent != request:
                    continue
                if channel == "shell" and message.kind == awaited:
                    reply = message.content
                    deadline = min(deadline, time.monotonic() + grace)
                elif channel == "iopub" and message.kind == "status":
                    if message.content.get("execution_state") == "idle":
                        idle = True
                        deadline = min(deadline, time.monotonic() + grace)
                elif channel == "iopub" and listen is not None and ended != "flood":
                    listen(message.kind, message.content)
        if ended == "reply" and self._received() - start > traffic:
            ended = "flood"
        return Execution(ended, reply, came_back=True)

    def _send(
        self, channel: str, kind: str, content: dict[str, Any], buffers: Sequence[bytes] = ()
    ) -> str:
        message = self._session.send(
            self._sockets[channel], kind, content, buffers=list(buffers) or None
        )
        return message["header"]["msg_id"] if message else ""

    def _receive(self) -> list[tuple[str, Message]]:
        """Wait a moment and return what has come, at most one message a channel."""
        ready = dict(self._poller.poll(POLL_MS))
        messages = []
        for channel, one in self._sockets.items():
            if one in ready and (message := self._read(one)) is not None:
                messages.append((channel, message))
        return messages

    def _read(self, one: zmq.Socket) -> Message | None:
        """Read one message; what is too large or not of Jupyter's form is dropped."""
        try:
            frames = one.recv_multipart(zmq.NOBLOCK)
            too_large = sum(map(len, frames)) > self._largest_message
            if too_large or sum(map(marks, frames)) > MOST_MARKS:
                return None
            raw = self._session.deserialize(self._session.feed_identities(frames)[1])
            kind, parent = raw["header"]["msg_type"], raw["parent_header"].get("msg_id", "")
            content = raw["content"]
        except Exception:
            # Any error at all may come out of reading hostile bytes, RecursionError included.
            return None
        if isinstance(kind, str) and isinstance(parent, str) and isinstance(content, dict):
            return Message(kind, parent, content)
        return None

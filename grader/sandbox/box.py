"""The sandbox as the examiner uses it: run cells, keep answers, ask, close."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from nbformat import NotebookNode

from glasslab import wire
from grader.errors import GraderError
from grader.sandbox.errors import SandboxUnavailable
from grader.sandbox.frozen import MAX_NAME, Frozen, clean
from grader.sandbox.identity import lease
from grader.sandbox.kernel import CHANNELS, USED, Execution, Kernel
from grader.sandbox.layout import Layout, find_layout
from grader.sandbox.limits import Limits
from grader.sandbox.process import Process, started, wait_for, why_it_failed
from grader.sandbox.relay import Relay
from grader.sandbox.walls import SOCKETS, Walls, kernel_command
from grader.sandbox.watchdog import Watchdog
from grader.sandbox.zygote import Zygote

KEEP_SECONDS = 20.0
PREPARE_SECONDS = 60.0
LISTEN = "__import__('glasslab_responder').listen()"
KNOWN_ERRORS = frozenset(
    {
        *("ArithmeticError", "AssertionError", "AttributeError", "EOFError", "ImportError"),
        *("IndexError", "KeyError", "LookupError", "MemoryError", "ModuleNotFoundError"),
        *(
            "NameError",
            "NotImplementedError",
            "OSError",
            "OverflowError",
            "RecursionError",
            "RuntimeError",
        ),
        *("SyntaxError", "TypeError", "UnboundLocalError", "ValueError", "ZeroDivisionError"),
    }
)
"""Names of exceptions that may be repeated to a learner; any other name could carry a message."""

CellStatus = Literal["ok", "error", "silent", "timeout", "no time", "died", "flood"]
AnswerStatus = Literal[
    "answered", "raised", "stub", "not handed in", "silent", "timeout", "died", "unusable"
]


@dataclass(frozen=True)
class CellResult:
    """How a cell ended, and its frozen outputs."""

    status: CellStatus
    """"timeout": it ran too long; "no time": it never ran, the notebook's time was up before."""
    outputs: list[NotebookNode]
    seconds: float
    error_name: str | None = None
    """The name of the exception, as the learner's process tells it."""


@dataclass(frozen=True)
class Answer:
    """What came back for one question; ``value`` is JSON values and numpy arrays."""

    status: AnswerStatus
    value: Any = None
    error: str | None = None
    """Which exception a raising answer raised, out of a fixed public list."""


@dataclass(frozen=True)
class Asked:
    """A question's arguments as they travel: models by their names, and each of these."""

    text: str
    models: Mapping[str, wire.WireModel]


class Sandbox:
    """One learner's kernel behind walls, from ``with`` to the end of its block.

    The thread that opens a sandbox must outlive it: the machine ends a sandbox with its opener.

    Raises:
        SandboxUnavailable: a wall can't be built here, or the kernel doesn't start.
        GraderError: the zygote has other outer walls.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        walls: Walls | None = None,
        zygote: Zygote | None = None,
    ) -> None:
        """Prepare a sandbox.

        Args:
            limits: How much may be used.
            walls: Which walls stand; all, or those of the zygote, if None.
            zygote: Forks the kernel, into inner walls of its own; a fresh sandbox if None.
        """
        self.limits = limits or Limits()
        self._walls = walls or (Walls() if zygote is None else zygote.walls)
        self._zygote = zygote
        self._notebook_seconds = self.limits.notebook_seconds
        self._notebook_output = self.limits.notebook_output
        self._known: set[str] = set()
        """Names of the models that the kernel was sent."""

    def __enter__(self) -> Sandbox:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every process inside and let go of everything; may be called twice."""
        self._stack.close()

    @property
    def alive(self) -> bool:
        """Whether the kernel can still be used."""
        return self._process.alive and not self._relay.cut and self._watchdog.cause is None

    @property
    def cause_of_death(self) -> str | None:
        """Which limit ended the sandbox ("memory", "files", "sockets", "traffic"), if one did."""
        over = self._relay.received > self.limits.traffic
        return self._watchdog.cause or ("traffic" if over else None)

    def run_cell(self, source: str) -> CellResult:
        """Run a cell as a notebook would if there is time left, and freeze what it shows."""
        if not self.alive:
            return CellResult("died", [], 0.0)
        if self._notebook_seconds <= 0:
            return CellResult("no time", [], 0.0)
        frozen = Frozen(min(self.limits.cell_output, self._notebook_output))
        start = time.monotonic()
        done = self._execute(
            source,
            seconds=min(self.limits.cell_seconds, self._notebook_seconds),
            listen=frozen.add,
            as_cell=True,
        )
        seconds = time.monotonic() - start
        self._notebook_seconds = max(0.0, self._notebook_seconds - seconds)
        self._notebook_output -= frozen.size
        status, name = _cell_status(done)
        return CellResult(status, frozen.outputs, seconds, name)

    def hang(self, pictures: Mapping[str, bytes]) -> None:
        """Spare the notebook what it would draw like another did; silent, whatever happens."""
        content = {"do": "hang", "names": list(pictures)}
        self._request(content, PREPARE_SECONDS, tuple(pictures.values()))

    def pictures(self) -> dict[str, bytes]:
        """Return what `hang` takes: the sealed pictures of all that was drawn here.

        As true as the notebook that ran: ask an instructor's only. Empty if anything went wrong.
        """
        done = self._request({"do": "pictures"}, PREPARE_SECONDS)
        try:
            told = json.loads(_said(done, self.limits.answer) or "{}")
            return {name: base64.b64decode(one, validate=True) for name, one in told.items()}
        except (ValueError, TypeError, AttributeError, RecursionError):
            return {}

    def keep(self, grade_id: str, check_name: str) -> None:
        """Keep what the graded cell that just ran handed in; silent, whatever happens."""
        self._request({"do": "keep", "grade_id": grade_id, "check": check_name}, KEEP_SECONDS)

    def ask(self, grade_id: str, args: tuple[Any, ...], seconds: float | None = None) -> Answer:
        """Call what was kept for a graded cell, and return what comes back as plain data.

        Args:
            grade_id: The graded cell.
            args: JSON values, arrays, tensors and models, also in lists and dictionaries.
            seconds: How long it may take; the limits' ``answer_seconds`` if None.

        Raises:
            glasslab.wire.WireError: the arguments can't travel.
        """
        return self.ask_encoded(grade_id, encoded(args), seconds)

    def ask_encoded(self, grade_id: str, question: Asked, seconds: float | None = None) -> Answer:
        """Do as `ask` with arguments that were `encoded` before, once for many sandboxes."""
        if not self.alive:
            return Answer("died")
        if question.models and not self._known:
            self._request({"do": "prepare"}, PREPARE_SECONDS)
        new = {name: m for name, m in question.models.items() if name not in self._known}
        self._known.update(new)
        content = {
            "do": "answer",
            "grade_id": grade_id,
            "question": question.text,
            "models": [{"name": name, "config": model.config} for name, model in new.items()],
        }
        done = self._request(
            content,
            self.limits.answer_seconds if seconds is None else seconds,
            tuple(model.weights for model in new.values()),
        )
        if done.ended in ("silent", "timeout", "died"):
            return Answer(done.ended)
        return _read_answer(_said(done, self.limits.answer))

    def _request(
        self, content: dict[str, Any], seconds: float, buffers: Sequence[bytes] = ()
    ) -> Execution:
        """Have the responder do something."""
        if not self.alive:
            return Execution("died")
        limits = self.limits
        return self._ended(
            self._kernel.request(
                content,
                buffers,
                seconds=seconds,
                grace=limits.grace_seconds,
                traffic=limits.cell_traffic,
            )
        )

    def _execute(self, source: str, *, seconds: float, listen: Any, as_cell: bool) -> Execution:
        return self._ended(
            self._kernel.execute(
                source,
                seconds=seconds,
                grace=self.limits.grace_seconds,
                traffic=self.limits.cell_traffic,
                listen=listen,
                as_cell=as_cell,
            )
        )

    def _ended(self, done: Execution) -> Execution:
        """End a sandbox whose kernel was lost."""
        if not done.came_back:
            self._process.end()
        if done.ended == "died" and self._relay.received > self.limits.traffic:
            return Execution("flood")
        return done

    def _start(self, stack: ExitStack) -> None:
        layout, limits = find_layout(), self.limits
        identity = stack.enter_context(lease())
        key = secrets.token_hex(32).encode()
        connection = connection_file(key)
        process = self._process = stack.enter_context(
            started(layout, limits, self._walls, identity, kernel_command(layout), connection)
            if self._zygote is None
            else self._zygote.forked(limits, self._walls, identity, connection)
        )
        forked = self._zygote is not None
        watchdog = self._watchdog = stack.enter_context(
            _watchdog(process, limits, self._walls, forked)
        )
        begin = time.monotonic()
        relay = self._relay = stack.enter_context(
            Relay(_connect(process, watchdog, limits.startup_seconds), limits.traffic)
        )
        self._kernel = Kernel(
            relay.endpoints,
            key,
            largest_message=max(limits.cell_traffic, limits.answer),
            is_alive=lambda: self.alive,
            received=lambda: relay.received,
        )
        stack.callback(self._kernel.close)
        if not self._kernel.wait_until_ready(limits.startup_seconds - (time.monotonic() - begin)):
            raise _no_kernel(watchdog)
        self._execute(LISTEN, seconds=PREPARE_SECONDS, listen=_ignore, as_cell=False)


def encoded(args: tuple[Any, ...]) -> Asked:
    """Return a question's arguments as they travel.

    Raises:
        glasslab.wire.WireError: the arguments can't travel.
    """
    models: dict[str, wire.WireModel] = {}
    text = json.dumps(wire.encode(_portable(list(args), models)))
    return Asked(text, models)


def require_walls(walls: Walls | None = None, private: Sequence[Path] = ()) -> None:
    """Start a tiny sandbox and end it, having made sure that nothing private shows inside.

    Args:
        walls: Which walls must stand; all of them if None.
        private: What no submission may read, whether it exists yet or not.

    Raises:
        SandboxUnavailable: a wall can't be built on this machine; says which and what to do.
        GraderError: a private path lies where every submission can read.
    """
    layout, limits, walls = find_layout(), Limits(), walls or Walls()
    _refuse_what_shows(layout, private)
    inner = ["/usr/bin/test", "-d", "/opt/course/glasslab"]
    with (
        lease() as identity,
        started(layout, limits, walls, identity, inner) as process,
        _watchdog(process, limits, walls) as watchdog,
    ):
        wait_for(lambda: False, process, limits.startup_seconds)
        if process.outside is None or process.outside.wait() != 0:
            raise why_it_failed(watchdog.words)


def _refuse_what_shows(layout: Layout, private: Sequence[Path]) -> None:
    for path in private:
        if (folder := layout.shows(path)) is not None:
            raise GraderError(
                f"{path} must stay private, but submissions can read everything below {folder}: "
                "move it elsewhere."
            )


def _watchdog(process: Process, limits: Limits, walls: Walls, forked: bool = False) -> Watchdog:
    return Watchdog(
        process.first,
        process.said,
        limits,
        process.kill,
        own_network=walls.no_network,
        forked=forked,
    )


def _connect(process: Process, watchdog: Watchdog, seconds: float) -> dict[str, Any]:
    """Wait for the kernel's sockets and connect to those that are used, once."""
    sockets: dict[str, Any] = {}

    def connected() -> bool:
        for channel in USED:
            if channel not in sockets and (one := process.connect(CHANNELS[channel])):
                sockets[channel] = one
        return len(sockets) == len(USED)

    if not wait_for(connected, process, seconds):
        for one in sockets.values():
            one.close()
        raise _no_kernel(watchdog)
    return sockets


def _no_kernel(watchdog: Watchdog) -> SandboxUnavailable:
    if watchdog.words.startswith(("bwrap:", "setpriv:", "prlimit:")):
        return why_it_failed(watchdog.words)
    why = watchdog.cause or (watchdog.words.splitlines() or ["it said nothing"])[-1]
    return SandboxUnavailable(
        f"The kernel in the sandbox didn't start ({why}): check that "
        "'python -m ipykernel_launcher --version' works, and that the limits leave room for it."
    )


def connection_file(key: bytes) -> bytes:
    """Return Jupyter's connection file, with sockets that stand in the sandbox's own /tmp."""
    ports = {f"{channel}_port": number for channel, number in CHANNELS.items()}
    form = {"transport": "ipc", "ip": SOCKETS, "signature_scheme": "hmac-sha256"}
    return json.dumps({**ports, **form, "key": key.decode()}).encode()


def _cell_status(done: Execution) -> tuple[CellStatus, str | None]:
    if done.ended != "reply":
        return done.ended, None
    reply = done.reply or {}
    if reply.get("status") == "ok":
        return "ok", None
    return "error", clean(reply.get("ename"))[:MAX_NAME]


def _said(done: Execution, limit: int) -> str | None:
    """Return what the responder said, if it is of the form and size that is read at all."""
    said = (done.reply or {}).get("said")
    usable = done.ended == "reply" and isinstance(said, str) and len(said) <= limit
    return said if usable else None


def _read_answer(said: str | None) -> Answer:
    """Read what the responder said; any other form than its own is unusable."""
    unusable = Answer("unusable")
    if said is None:
        return unusable
    try:
        reply = json.loads(said)
        status = reply.get("status")
        if status == "answered":
            return Answer("answered", wire.decode(reply.get("value"), models=False))
    except (ValueError, AttributeError, RecursionError):
        return unusable
    if status == "raised":
        error = reply.get("error")
        known = isinstance(error, str) and error in KNOWN_ERRORS
        return Answer("raised", error=error if known else "an exception")
    return Answer(status) if status in ("stub", "not handed in") else unusable


def _portable(value: Any, models: dict[str, wire.WireModel]) -> Any:
    """Replace models by their names, and put them into ``models``; the rest is the wire's."""
    if isinstance(value, (list, tuple)):
        return [_portable(item, models) for item in value]
    if isinstance(value, dict):
        return {key: _portable(item, models) for key, item in value.items()}
    bridge = getattr(sys.modules.get("transformer_lens.model_bridge"), "TransformerBridge", None)
    if bridge is not None and isinstance(value, bridge):
        from glasslab.models import to_bytes

        model = wire.WireModel(*to_bytes(value))
        content = json.dumps(model.config, sort_keys=True).encode() + model.weights
        name = hashlib.sha256(content).hexdigest()
        models[name] = model
        return wire.KnownModel(name)
    return value


def _ignore(kind: str, content: Mapping[str, Any]) -> None:
    """Nothing that the kernel shows outside of cells is kept."""

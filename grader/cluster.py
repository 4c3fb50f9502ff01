"""Examine on the workers of a Dask cluster; see ``docs/cluster.md`` for how to run one.

A worker gets the unit and the hidden suite once, and then submissions: bytes in, bytes out. It
needs Glass Lab and the walls, but no file of ours: no gradebook, no secret seed, no shared folder.
The suite stays in the workers' memory; Dask may write a task's results to a worker's disk when its
memory is short, but never what a plugin holds.

Dask's own messages are pickled, between parties that trust each other: grader, scheduler and
workers. Nothing that a learner's process sent is ever unpickled: it is JSON inside those messages.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

from distributed import Client, Worker, WorkerPlugin, get_worker

from glasslab import wire
from glasslab.models import from_bytes, to_bytes
from grader.engine import Examiners, Unreachable, examine_patiently
from grader.errors import GraderError
from grader.examiner import prepare
from grader.journal import grader_digest, suite_digest
from grader.report import Report
from grader.sandbox import Limits, Walls, require_walls
from grader.sandbox.zygote import Isolation, zygote_for
from grader.suite import Subject, Suite
from grader.unit import Unit

log = logging.getLogger(__name__)

CONNECT_SECONDS = 30
LOOK_SECONDS = 5.0
"""How long the number of workers is believed."""


@contextmanager
def on_a_cluster(
    scheduler: str | Client,
    unit: Unit,
    suite: Suite,
    isolation: Isolation,
    limits: Limits,
    walls: Walls,
) -> Iterator[Examiners]:
    """Examine on a cluster's workers; the cluster may grow, shrink and lose workers meanwhile.

    Args:
        scheduler: The scheduler's address, or a client of one that needs more than an address.
        unit: The unit.
        suite: The hidden suite; each worker gets it once.
        isolation: How workers start kernels.
        limits: What one submission may use.
        walls: Which walls stand.

    Raises:
        GraderError: the scheduler can't be reached, or a worker can't examine.
    """
    with ExitStack() as stack:
        if isinstance(scheduler, str):
            _warn_of_the_open(scheduler)
            client = stack.enter_context(_connected(scheduler))
        else:
            client = scheduler
        plugin = _Examining(unit, suite, isolation, limits, walls)
        try:
            client.register_plugin(plugin, name=plugin.name)
        except Exception as error:
            raise GraderError(f"A worker of the cluster can't examine: {error}") from error
        executor = client.get_executor(pure=False)

        def submit(content: bytes) -> Future[Report]:
            return _as_report(executor.submit(_examine_there, plugin.name, content))

        try:
            yield Examiners(_Width(client), submit)
        finally:
            executor.shutdown(wait=False)
            if client.status == "running":
                client.unregister_worker_plugin(plugin.name)


class _Width:
    """How many submissions a cluster examines at a time; asked anew every few seconds."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asked = 0.0
        self._threads = 0
        self._told = False

    def __call__(self) -> int:
        if time.monotonic() - self._asked > LOOK_SECONDS:
            threads: Any = self._client.nthreads()
            self._threads = sum(threads.values())
            self._asked = time.monotonic()
            if not self._threads and not self._told:
                log.warning("The cluster has no worker yet; waiting for one.")
                self._told = True
        return max(1, self._threads)


class _Examining(WorkerPlugin):
    """What a worker holds: the unit, the suite, and a zygote that is opened with them."""

    def __init__(
        self, unit: Unit, suite: Suite, isolation: Isolation, limits: Limits, walls: Walls
    ) -> None:
        self._unit = unit.to_json()
        self._suite = suite_to_bytes(suite)
        self._suite_digest = suite_digest(suite)
        self._grader = grader_digest()
        self._isolation: Isolation = isolation
        self._limits = limits
        self._walls = walls
        about = repr((self._unit, self._suite_digest, self._grader, isolation, limits, walls))
        self.name = f"glasslab-{hashlib.sha256(about.encode()).hexdigest()}"

    async def setup(self, worker: Worker) -> None:
        """Open suite and zygote in a thread that lasts, for a zygote ends with its opener."""
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="glasslab")
        self._stack = ExitStack()
        try:
            await asyncio.get_running_loop().run_in_executor(self._keeper, self._open)
        except BaseException:
            await self.teardown(worker)
            raise

    async def teardown(self, worker: Worker) -> None:
        """End the zygote, and forget the suite."""
        await asyncio.get_running_loop().run_in_executor(self._keeper, self._stack.close)
        self._keeper.shutdown(wait=False)

    def examine(self, content: bytes) -> bytes:
        """Examine one submission in the thread of its task."""
        unit, suite, zygote = self._opened
        report = examine_patiently(content, unit, suite, self._limits, self._walls, zygote)
        return report.to_json().encode()

    def _open(self) -> None:
        if grader_digest() != self._grader:
            raise GraderError("it has another version of Glass Lab than the grader.")
        suite = suite_from_bytes(self._suite)
        if suite_digest(suite) != self._suite_digest:
            raise GraderError("the hidden suite arrived changed.")
        require_walls(self._walls)
        unit = Unit.from_json(self._unit)
        zygote = self._stack.enter_context(zygote_for(self._isolation, self._walls))
        self._opened = unit, suite, zygote
        prepare(unit, suite)


def _examine_there(name: str, content: bytes) -> bytes:
    """Examine a submission: this is the task that runs on a worker."""
    plugin: Any = get_worker().plugins[name]
    return plugin.examine(content)


def suite_to_bytes(suite: Suite) -> bytes:
    """Return a hidden suite as it travels to a worker: JSON, with weights as safetensors."""
    subjects = [
        {"name": one.name, "role": one.role, "model": wire.WireModel(*to_bytes(one.model))}
        for one in suite.subjects
    ]
    data = {"task": suite.task, "question_seed": suite.question_seed, "subjects": subjects}
    return json.dumps(wire.encode(data)).encode()


def suite_from_bytes(data: bytes) -> Suite:
    """Read what `suite_to_bytes` wrote."""
    read = wire.decode(json.loads(data), models=True)
    subjects = tuple(
        Subject(one["name"], one["role"], from_bytes(one["model"].weights, one["model"].config))
        for one in read["subjects"]
    )
    return Suite(read["task"], subjects, read["question_seed"])


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    # Of a missing certificate Dask says TypeError, of an address without TLS RuntimeError.
    except (OSError, ValueError, TypeError, RuntimeError, TimeoutError) as error:
        raise GraderError(
            f"The Dask scheduler {address} can't be reached ({error}): check the address, and for "
            "tls:// the certificates that Dask's configuration names."
        ) from error
    with client:
        yield client


def _as_report(there: Future[bytes]) -> Future[Report]:
    """Turn what a worker sends into a report; it is data, and read as strictly as any."""
    here: Future[Report] = Future()

    def arrived(done: Future[bytes]) -> None:
        try:
            if done.cancelled():
                raise Unreachable(
                    "The Dask scheduler went away; start it and run the same command again to go "
                    "on: what is done is kept."
                )
            here.set_result(Report.from_json(done.result()))
        except BaseException as error:
            here.set_exception(error)

    there.add_done_callback(arrived)
    return here


def _warn_of_the_open(address: str) -> None:
    """Say so if whoever is on the network could read the hidden suite, or run code as a worker."""
    parts = urlsplit(address)
    if parts.scheme == "tls" or parts.hostname == "localhost":
        return
    try:
        if ipaddress.ip_address(parts.hostname or "").is_loopback:
            return
    except ValueError:
        pass
    log.warning(
        "%s isn't encrypted: whoever can reach the scheduler can read the hidden suite and forge "
        "grades. Use tls:// (see docs/cluster.md).",
        address,
    )

"""Processes that work beside this one, and never outlive it.

It imports next to nothing: a new process is told to mind its parent before anything heavy loads.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import RLock, Thread
from typing import ParamSpec, TypeVar

from tqdm import tqdm

P = ParamSpec("P")
T = TypeVar("T")


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def processes(number: int) -> Iterator[Executor]:
    """Work in so many processes; for one that is this process.

    However the block ends, by an error or Ctrl-C too, and whatever ends this process: what is at
    work then is ended at once. Ctrl-C is for this process only, which ends the others.

    Args:
        number: How many.
    """
    if number == 1:
        yield _Here()
        return
    # Spawned, not forked: a forked child would inherit torch's threads in an unknown state.
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(number, context, _mind, (theirs,))
    with theirs, pool, ours:
        yield pool


class _Here(Executor):
    """Does what it is given at once, in this process; what that raises is raised here."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do it."""
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def _mind(parent: Connection) -> None:
    """Let a new process end with the block, or the process, that began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(parent,), daemon=True).start()
    # Its own lock is one between processes: Python would say of one that is ended that it leaks.
    tqdm.set_lock(RLock())


def _end_with(parent: Connection) -> None:
    # Nothing is ever sent: it is readable once the other end is closed, by whatever it may be.
    parent.poll(None)
    os._exit(1)

"""The zygote itself: imports what every notebook imports, then forks a kernel for each order.

Stands inside the outer walls. It runs no learner's code, reads no order (the forked process does),
and holds nothing that a kernel may not know: whatever it holds, every kernel inherits.

An order makes three processes: one that leaves the zygote's namespaces and tells the grader who
comes next; the first process of the new ones, which builds the inner walls, reaps orphans, and ends
with the grader's end of the line; and the kernel.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import io
import os
import pkgutil
import random
import select
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import NoReturn
from unittest import mock

from .inner import Order, confine, furnish, lower, separate

WARM, FIRST, UP = b"warm", b"first", b"up"
"""What the zygote, the process between and the kernel say."""
LONGEST_ORDER = 2**17
MODULES = (
    *("numpy", "torch", "transformer_lens", "matplotlib.pyplot", "matplotlib.backends.backend_agg"),
    *("circuitsvis", "tqdm.auto", "pandas", "ipywidgets"),
    # What torch's optimizers load at their first step, and TransformerLens at the first W_in.
    *("torch._dynamo", "transformers.pytorch_utils"),
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger"),
    # What a kernel imports as it starts, and at its first cells.
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect"),
    *("IPython.extensions.storemagic", "tornado.platform.asyncio", "pdb"),
)
COLLAPSE = 25  # MADV_COLLAPSE, linux/mman.h
HUGE_PAGE = 2**21


def main() -> None:
    """Warm up and serve until the grader hangs up; in a forked process, run the kernel."""
    control = socket.socket(fileno=int(sys.argv[1]))
    # What -c put there, and `python -m ipykernel_launcher` takes away.
    del sys.path[0]
    warm_up()
    control.send(WARM)
    order = _serve(control)
    if order is not None:
        run_kernel(order)


def warm_up() -> None:
    """Import, use once what is slow at first, and make what is there cheap to fork.

    Raises:
        RuntimeError: a thread is alive, which no fork would survive.
    """
    # As the kernel does before anyone can import matplotlib.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    # Arrow's allocator starts a thread when it is loaded.
    os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"
    import glasslab

    for module in pkgutil.walk_packages(glasslab.__path__, "glasslab."):
        importlib.import_module(module.name)
    for name in MODULES:
        importlib.import_module(name)
    importlib.import_module("glasslab_responder").prepare()
    _run_models()
    _draw_a_figure()
    # The second is set by torch's compiler, which no notebook has loaded when it starts.
    for name in ("JE_ARROW_MALLOC_CONF", "TORCHINDUCTOR_CACHE_DIR"):
        os.environ.pop(name, None)
    for module in list(sys.modules.values()):
        # A warning is shown once a place; it is the learner's to see.
        if isinstance(module, ModuleType):
            vars(module).pop("__warningregistry__", None)
    sys.stdout.flush()
    sys.stderr.flush()
    threads = [file.read_text().strip() for file in Path("/proc/self/task").glob("*/comm")]
    if len(threads) != 1:
        raise RuntimeError(f"threads are alive where one may be: {', '.join(threads)}")
    gc.collect()
    # The collector would write on every object, and so copy the page it lies on.
    gc.freeze()
    _collapse()


def run_kernel(order: Order) -> None:
    """Become the kernel that ``python -m ipykernel_launcher`` starts."""
    import numpy as np
    import torch
    from ipykernel import ipkernel
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    class KernelApp(IPKernelApp):
        def parse_command_line(self, argv: list[str] | None = None) -> None:
            """Read nothing: what the words say is given below, and their parser is large."""

    random.seed()
    np.random.seed()
    torch.seed()
    sys.argv = list(order.argv)
    said = Config(IPKernelApp={"connection_file": order.connection_file})
    said.HistoryManager.enabled = False
    app = KernelApp.instance(config=said, connection_file=order.connection_file)
    # A new kernel lists the files of all modules, for a debugger that nobody uses here. Looking at
    # each would copy the pages they lie on, more than all the rest of a kernel.
    blind = SimpleNamespace(**{**vars(sys), "modules": {}})
    with mock.patch.object(ipkernel, "sys", blind):
        app.initialize()
    app.start()


def _run_models() -> None:
    # No backward pass: torch's autograd refuses to work after a fork if it worked before.
    import torch

    from glasslab.models import load_public

    for name in ("cumsum", "sorted_list"):
        model = load_public(name)
        with torch.no_grad():
            model.run_with_cache(torch.arange(8)[None])


def _draw_a_figure() -> None:
    # Past pyplot, which binds its backend, and inline's to the shell, when the first is drawn.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.plot([0, 1], label="$x$")
    figure.colorbar(axes.imshow([[0, 1], [2, 3]]))
    axes.set_title("warm")
    axes.legend()
    FigureCanvasAgg(figure).print_png(io.BytesIO())


def _collapse() -> None:
    """Move memory to huge pages where the machine can: a fork then copies 500 times fewer entries.

    What a kernel writes is still copied by the small page.
    """
    libc = ctypes.CDLL(None)
    for line in Path("/proc/self/maps").read_text().splitlines():
        place, rights, _, _, inode, *_ = line.split()
        start, end = (int(word, 16) for word in place.split("-"))
        if "w" in rights and inode == "0" and end - start >= HUGE_PAGE:
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), COLLAPSE)


def _serve(control: socket.socket) -> Order | None:
    """Fork at each word of the grader's; return in a kernel with its order, or at the end None."""
    while True:
        word, fds, _, _ = socket.recv_fds(control, 16, 2)
        if not word:
            return None
        between = os.fork()
        if between == 0:
            control.close()
            return _in_between(*fds)
        for fd in fds:
            os.close(fd)
        os.waitpid(between, 0)


def _in_between(line_fd: int, said: int) -> Order:
    line = socket.socket(fileno=line_fd)
    try:
        with open(os.devnull) as nothing:  # noqa: PTH123
            os.dup2(nothing.fileno(), 0)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.close(said)
        order = Order.from_json(line.recv(LONGEST_ORDER))
        separate(order)
        first = os.fork()
        if first != 0:
            socket.send_fds(line, [FIRST], [os.pidfd_open(first)])
            os._exit(0)
        os.setsid()
        furnish(order)
        lower(order)
        kernel = os.fork()
        if kernel != 0:
            _watch_over(kernel, line)
        confine(order)
    except BaseException as error:
        line.send(f"{type(error).__name__}: {error}".encode()[:1000])
        os._exit(1)
    line.send(UP)
    if order.trial:
        os._exit(0)
    line.detach()
    os.closerange(3, 2**20)
    return order


def _watch_over(kernel: int, line: socket.socket) -> NoReturn:
    """Be the first process: reap orphans, end all when the kernel ends or the grader lets go."""
    gc.disable()
    wake, woken = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    poll = select.poll()
    poll.register(line, select.POLLIN)
    poll.register(wake, select.POLLIN)
    while True:
        while True:
            ended, _ = os.waitpid(-1, os.WNOHANG)
            if ended == kernel:
                os._exit(0)
            if ended == 0:
                break
        if any(fd == line.fileno() for fd, _ in poll.poll()):
            os._exit(0)
        os.read(wake, 4096)

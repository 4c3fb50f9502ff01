"""Exhausting: time, memory, processes, files, whatever there is only so much of.

What a wall refuses or bounds takes nothing from anyone, and isn't told of; what ends a cell or a
kernel is.
"""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.attacks import (
    NOTEBOOK,
    UNIT,
    UNSOLVED,
    Aftermath,
    Attack,
    Base,
    Prizes,
    asked_attack,
    cell_attack,
    cell_named,
    json_attack,
)

STOPPED = ("cell timeout", "cell died", "cell flood", "cell no time")
NOT_AN_ANSWER = ("answer timeout", "answer died")
KEPT_OUTPUT = 4 * 2**20
"""What may be shown of one notebook, with room for what feedback adds to it."""


def _is_small(aftermath: Aftermath) -> str | None:
    for name, data in aftermath.shown.items():
        if len(data) > KEPT_OUTPUT:
            return f"{name} takes {len(data) / 2**20:.0f} MB"
    return None


def _half(base: Base) -> Mapping[str, bytes]:
    return base.half.as_files()


def _no_pipe(folder: Path) -> Path:
    (folder / NOTEBOOK).unlink()
    return folder / NOTEBOOK


def _named_pipe(folder: Path, prizes: Prizes) -> None:
    """A reader of it would wait for a writer for ever."""
    os.mkfifo(_no_pipe(folder))


def _device(folder: Path, prizes: Prizes) -> None:
    """What reads /dev/zero to its end never gets there; who may not make one links to it."""
    path = _no_pipe(folder)
    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))
    except OSError:
        path.symlink_to("/dev/zero")


def _socket(folder: Path, prizes: Prizes) -> None:
    os.mknod(_no_pipe(folder), 0o140666)


def _folder(folder: Path, prizes: Prizes) -> None:
    (_no_pipe(folder) / NOTEBOOK).mkdir(parents=True)


def _sparse(folder: Path, prizes: Prizes) -> None:
    """Ten gigabytes that take no room on the disk."""
    os.truncate(folder / NOTEBOOK, 10 * 2**30)


def _loops(folder: Path, prizes: Prizes) -> None:
    (folder / "loop").symlink_to(".")
    (folder / "there").symlink_to("back")
    (folder / "back").symlink_to("there")
    deep = folder
    for _ in range(100):
        deep = deep / "deep"
        deep.mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "endless").symlink_to("/dev/zero")
    with (folder / "sparse.bin").open("wb") as file:
        file.truncate(10 * 2**30)


def _picture_bomb(side: int) -> str:
    """Return a small PNG of ``side`` squared pixels, in base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    row = bytes(1 + side // 8)
    press = zlib.compressobj(9)
    pixels = b"".join(press.compress(row) for _ in range(side)) + press.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)
    return b64encode(png + chunk(b"IEND", b"")).decode()


def _many_cells(data: Any) -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": "x"}
    data["cells"] += [cell | {"id": f"extra-{number}"} for number in range(30_000)]


def _deep(data: Any) -> bytes:
    return b'{"cells": ' + b"[" * 500_000 + b"]" * 500_000 + b"}"


def _many_parts(data: Any) -> bytes:
    return b'{"cells": [' + b'{"": 0},' * 1_000_000 + b"{}]}"


def _long_number(data: Any) -> bytes:
    return b'{"cells": [], "nbformat": 1' + b"0" * 5_000_000 + b"}"


def _slow_to_render(data: Any) -> None:
    """Text on which Markdown, formulas and highlighting take quadratic time or worse."""
    hard = (
        "[" * 9_000,
        "*a **a " * 2_500,
        "> " * 5_000,
        "`" * 9_999 + "x",
        "$" * 9_999,
        "<" * 9_999,
        "![" * 5_000,
        "&" * 9_999,
        "|" * 9_999 + "\n" + "|-" * 5_000,
    )
    for number, text in enumerate(hard):
        cell = {"cell_type": "markdown", "metadata": {}, "source": text, "id": f"hard-{number}"}
        data["cells"].append(cell)
    code = "# " + "\\" * 50_000 + "\n# '" + "{" * 50_000 + "f'" * 20_000
    cell_named(data, UNSOLVED)["source"] = code


PNG_SHOWN = """\
from IPython.display import publish_display_data
for _ in range(400):
    publish_display_data({{"text/plain": "x", "image/png": {picture!r}}})
"""


def _pictures(base: Base) -> Mapping[str, bytes]:
    source = PNG_SHOWN.format(picture=_picture_bomb(6_000))
    return base.half.with_cell_at_end(source).as_files()


def _few_pixels(aftermath: Aftermath) -> str | None:
    cells = aftermath.report.notebook.cells
    shown = sum(
        "image/png" in out.get("data", {}) for cell in cells for out in cell.get("outputs", [])
    )
    return f"{shown} pictures of 36 million pixels are shown" if shown > 2 else None


def endless(name: str, summary: str, source: str, **more: Any) -> Attack:
    """Return a cell that never ends by itself, and is told of."""
    more = {"told": STOPPED, "keeps": True} | more
    return cell_attack(f"exhausting/{name}", summary, source, before="", endless=True, **more)


def ending(name: str, summary: str, source: str, **more: Any) -> Attack:
    """Return a cell that ends by itself, or by the wall that it runs into."""
    more = {"keeps": True} | more
    return cell_attack(f"exhausting/{name}", summary, source, before="", **more)


TIME = (
    endless("loop", "a loop without an end", "while True: pass"),
    endless(
        "ignored-signals",
        "a loop that no signal reaches but SIGKILL",
        """\
import signal, time
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    time.sleep(1000)""",
    ),
    endless(
        "caught-interrupts",
        "every interrupt is caught, and the loop goes on",
        """\
while True:
    try:
        while True:
            pass
    except BaseException:
        pass""",
    ),
    endless(
        "deaf-in-c",
        "a loop in compiled code that holds the interpreter and looks at no signal",
        "import itertools\nsum(itertools.repeat(0))",
    ),
    endless(
        "catastrophic-pattern",
        "a regular expression that goes back and forth for ever",
        "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
    ),
    endless(
        "stopped",
        "the kernel stops itself",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    ),
    endless(
        "everything-stopped",
        "every process that may be stopped is, the first one included",
        "import os, signal\nfor pid in (1, os.getppid(), -1, os.getpid()):\n"
        "    try:\n        os.kill(pid, signal.SIGSTOP)\n    except OSError:\n        pass\n"
        "while True: pass",
    ),
    endless(
        "timers",
        "a timer goes off a million times a second, each time with a wait",
        """\
import signal, time
signal.signal(signal.SIGALRM, lambda *_: time.sleep(0.01))
signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
while True:
    time.sleep(1)""",
    ),
    ending(
        "question-to-nobody",
        "input() waits for a person who isn't there",
        "name = input('your name? ')",
    ),
    ending(
        "hooks",
        "hooks after each cell that hang, and a dictionary that hangs when it is read",
        """\
import time
from glasslab.checks import SESSION
class Slow(dict):
    def get(self, *_):
        time.sleep(3600)
SESSION.handed_in = Slow(SESSION.handed_in)""",
        keeps=False,
    ),
    asked_attack(
        "exhausting/answer-slow",
        "each answer takes a little less than it may, to eat the time of all others",
        "import time\ntime.sleep(3.5)\nreturn W_E",
        endless=True,
        keeps=True,
    ),
    asked_attack(
        "exhausting/answer-never",
        "the answer waits for ever, deaf to interrupts",
        "import itertools\nreturn sum(itertools.repeat(0))",
        told=NOT_AN_ANSWER,
        endless=True,
        keeps=True,
    ),
    asked_attack(
        "exhausting/answer-forks",
        "the answer is given by a child, while its parent answers as well and goes on",
        """\
import os
if os.fork() == 0:
    return W_E.roll(W_E.shape[0] // 2, dims=0) * 0
return W_E""",
        told=("unusual code",),
    ),
    asked_attack(
        "exhausting/answer-huge",
        "the answer is larger than an answer may be, or nested without an end",
        """\
calls.append(0)
if len(calls) % 2:
    return [0.5] * 3_000_000
deep = []
for _ in range(100_000):
    deep = [deep]
return deep""",
        "calls = []",
        keeps=True,
    ),
)

PROCESSES = (
    endless(
        "fork-bomb",
        "processes that make processes",
        """\
import os
while True:
    try:
        os.fork()
    except OSError:
        pass""",
        nbgrader="read",
        nbgrader_says="no limit on processes: the machine hangs",
    ),
    ending(
        "daemons",
        "processes that leave the session, ignore signals and outlive the kernel",
        """\
import subprocess
for _ in range(3):
    subprocess.Popen(["/bin/sh", "-c", "trap '' HUP INT TERM; while true; do sleep 1; done"],
                     start_new_session=True)""",
    ),
    ending(
        "zombies",
        "processes that have ended and are never looked after",
        """\
import os, time
try:
    for _ in range(100_000):
        if os.fork() == 0:
            os._exit(0)
except OSError:
    pass""",
    ),
    ending(
        "threads",
        "threads without an end",
        """\
import threading, time
while True:
    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()""",
    ),
    ending(
        "kill-everyone",
        "the parent, the first process and all others are killed",
        """\
import os, signal
for pid in (os.getppid(), 1, -1):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass
for pid in range(2, 200):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass""",
        told=("cell died",),
    ),
    ending(
        "crash",
        "a recursion past the end of the stack, in a process of its own and in this",
        """\
import sys
sys.setrecursionlimit(10**9)
class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x")
def deep(x=None):
    return [*map(deep, [x])]
deep()""",
        told=("cell died", "cell timeout"),
    ),
    ending(
        "names-taken",
        "names by which the grader finds free users and its own lines",
        """\
import os, socket, time
kept = []
for uid in range(60578, 60678):
    try:
        one = socket.socket(socket.AF_UNIX)
        one.bind(f"\\0glasslab-sandbox-{uid}")
        kept.append(one)
    except OSError:
        break""",
    ),
)

MEMORY = (
    ending(
        "memory",
        "one process takes all it can",
        """\
hoard = []
while True:
    hoard.append(bytearray(10_000_000))""",
        nbgrader="read",
        nbgrader_says="no limit on memory: the machine's out-of-memory killer decides",
    ),
    ending(
        "memory-of-many",
        "many processes each take what one may",
        """\
import os, time
for _ in range(20):
    if os.fork() == 0:
        hoard = bytearray(b"x" * 100_000_000)
        time.sleep(100)
time.sleep(100)""",
        told=("cell died",),
        nbgrader="read",
        nbgrader_says="no limit on memory: the machine's out-of-memory killer decides",
    ),
    ending(
        "page-tables",
        "reading along an empty mapping makes page tables that no size shows",
        """\
import mmap
empty = mmap.mmap(-1, 2**42, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000,
                  prot=mmap.PROT_READ)
for place in range(0, 2**42, 2**21):
    empty[place]""",
        told=("cell died",),
        nbgrader="read",
        nbgrader_says="no limit on memory: the machine's out-of-memory killer decides",
    ),
    ending(
        "locks",
        "a lock on every byte of a file, which is memory of the machine's",
        """\
import fcntl
with open("/tmp/locked", "w") as file:
    for byte in range(10**9):
        fcntl.lockf(file, fcntl.LOCK_EX, 1, 2 * byte)""",
        nbgrader="read",
        nbgrader_says="no limit on locks: kernel memory until the machine has none left",
    ),
    ending(
        "pipes",
        "what waits in pipes belongs to no process's size",
        """\
import fcntl, os
kept = []
try:
    while True:
        reading, writing = os.pipe()
        kept.append((reading, writing))
        os.set_blocking(writing, False)
        try:
            fcntl.fcntl(writing, 1031, 2**20)
        except OSError:
            pass
        try:
            while True:
                os.write(writing, bytes(2**16))
        except BlockingIOError:
            pass
except OSError:
    pass""",
    ),
    ending(
        "sockets",
        "what waits in sockets belongs to no process's size",
        """\
import os, socket, time
for _ in range(3):
    if os.fork() == 0:
        kept = []
        for _ in range(90):
            pair = socket.socketpair()
            pair[0].setblocking(False)
            try:
                while True:
                    pair[0].send(bytes(2**16))
            except BlockingIOError:
                kept.append(pair)
        time.sleep(20)
time.sleep(20)""",
        told=("cell died",),
    ),
    ending(
        "descriptors",
        "epoll, inotify, timers, events and plain files without an end",
        """\
import ctypes, os, select
libc = ctypes.CDLL(None)
kept = []
make = (select.epoll, libc.inotify_init, lambda: libc.timerfd_create(0, 0),
        lambda: os.eventfd(0), lambda: open("/dev/null"))
for one in make:
    try:
        for _ in range(2000):
            kept.append(one())
            if kept[-1] == -1:
                break
    except OSError:
        pass
for one in kept:
    if type(one) is int and one >= 0:
        os.close(one)
del kept""",
    ),
    ending(
        "unnoticed-memory",
        "shared memory that stays when no process shows it",
        """\
import ctypes, mmap, os
libc = ctypes.CDLL(None)
tries = (lambda: os.memfd_create("x"), lambda: mmap.mmap(-1, 2**20),
         lambda: mmap.mmap(os.open("/dev/zero", os.O_RDWR), 2**20))
for one in tries:
    try:
        one()
        print(REACHED)
    except (OSError, ValueError):
        pass
if libc.shmget(0, 2**20, 0o1600) >= 0 or libc.msgget(0, 0o1600) >= 0:
    print(REACHED)""",
    ),
    ending(
        "undone-limits",
        "limits on memory, processes and files are raised again",
        """\
import resource
for name in ("DATA", "NPROC", "NOFILE", "FSIZE", "MEMLOCK", "MSGQUEUE", "CORE"):
    number = getattr(resource, f"RLIMIT_{name}", 12)
    soft, hard = resource.getrlimit(number)
    if hard == resource.RLIM_INFINITY:
        print(REACHED, name)
        continue
    for more in (hard + 1, resource.RLIM_INFINITY):
        try:
            resource.setrlimit(number, (more, more))
            print(REACHED, name)
        except (OSError, ValueError):
            pass""",
    ),
)

DISK = (
    ending(
        "disk",
        "files until the disk is full",
        """\
import os
for folder in ("/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~")):
    try:
        for number in range(10**6):
            with open(f"{folder}/{number}", "wb") as file:
                file.write(bytes(1_000_000))
    except OSError:
        pass""",
        nbgrader="read",
        nbgrader_says="no limit on files: the disk is full",
    ),
    ending(
        "empty-files",
        "files that take no room, each of which is the machine's memory",
        """\
import os
for number in range(10**7):
    os.mknod(f"/tmp/{number}")""",
        told=("cell died",),
        nbgrader="read",
        nbgrader_says="no limit on files: the disk has no room for names left",
    ),
    ending(
        "one-huge-file",
        "one file of a terabyte",
        """\
with open("/tmp/huge", "wb") as file:
    file.truncate(10**12)""",
    ),
    ending(
        "unpacked",
        "an archive of a thousand times its size",
        """\
import io, zipfile
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
    for number in range(40):
        file.writestr(str(number), bytes(10_000_000))
zipfile.ZipFile(packed).extractall("/tmp/unpacked")""",
    ),
)

OUTPUT = (
    endless(
        "endless-output",
        "lines without an end",
        "while True: print('x' * 1000)",
        told=("cell flood", "cell timeout"),
        also=_is_small,
    ),
    ending(
        "huge-output",
        "one output larger than all that may be sent",
        "print('x' * 60_000_000)",
        told=("cell flood",),
        also=_is_small,
    ),
    ending(
        "noise-past-the-kernel",
        "twenty megabytes written past IPython, to the pipe that the grader reads",
        """\
import os
for _ in range(400):
    os.write(2, b"x" * 50_000)""",
        also=_is_small,
    ),
    ending(
        "many-outputs",
        "outputs, updates and clearings by the hundred thousand",
        """\
from IPython.display import clear_output, display
handle = display("x", display_id=True)
for number in range(3_000):
    display(number)
    handle.update("x" * 1000)
    clear_output(wait=bool(number % 2))""",
        also=_is_small,
    ),
    ending(
        "message-of-many-parts",
        "a message thirty times as large for whoever reads it",
        """\
import json
kernel = get_ipython().kernel
session = kernel.session
header = json.dumps(session.msg_header("display_data"), default=str).encode()
parent = json.dumps(kernel.get_parent()["header"], default=str).encode()
frames = [header, parent, b"{}", b'{"data": [' + b'{"": 0},' * 1_500_000 + b"0]}"]
kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", session.sign(frames), *frames])""",
    ),
    endless(
        "message-without-end",
        "a message of parts without an end, which its reader must hold",
        """\
import time, zmq
line = get_ipython().kernel.iopub_socket
while True:
    try:
        line.send(b"x" * 500_000, zmq.SNDMORE)
        time.sleep(0.002)
    except BaseException:
        pass""",
    ),
    ending(
        "garbage",
        "messages of no known form, some of them rightly signed",
        """\
import json
kernel = get_ipython().kernel
deep = b"[" * 100_000 + b"]" * 100_000
for content in (deep, b"\\xff\\xfe", b"{}", b"[1]", b"null", json.dumps({"text": 5}).encode()):
    for header in (b"{}", b"[]", json.dumps({"msg_type": 3, "msg_id": [1]}).encode()):
        frames = [header, header, b"{}", content]
        signed = [kernel.session.sign(frames), *frames]
        kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", *signed])
kernel.iopub_socket.send_multipart([b""])""",
    ),
    ending(
        "lines-cut",
        "the kernel hangs up on everybody",
        """\
import os
for number in range(3, 400):
    try:
        os.close(number)
    except OSError:
        pass""",
        told=STOPPED,
    ),
    Attack(
        "exhausting/pictures",
        "small pictures that unfold to billions of pixels in a browser",
        _pictures,
        keeps=True,
        also=_few_pixels,
    ),
)

FILES = (
    Attack(
        "exhausting/named-pipe",
        "the notebook is a pipe that nobody writes to",
        _half,
        told=("no notebook",),
        plant=_named_pipe,
        nbgrader="read",
        nbgrader_says="opens it and waits for ever",
    ),
    Attack(
        "exhausting/device",
        "the notebook is a device without an end",
        _half,
        told=("no notebook",),
        plant=_device,
        nbgrader="read",
        nbgrader_says="reads it until memory is used up",
    ),
    Attack(
        "exhausting/socket", "the notebook is a socket", _half, told=("no notebook",), plant=_socket
    ),
    Attack(
        "exhausting/folder", "the notebook is a folder", _half, told=("no notebook",), plant=_folder
    ),
    Attack(
        "exhausting/sparse",
        "the notebook has ten gigabytes and takes no room",
        _half,
        told=("unreadable",),
        plant=_sparse,
        nbgrader="read",
        nbgrader_says="reads all of it into memory",
    ),
    Attack(
        "exhausting/loops",
        "links in a circle, a hundred folders deep, a pipe, a huge file",
        _half,
        plant=_loops,
        keeps=True,
        nbgrader="read",
        nbgrader_says="copies the files beside the notebook, through links and to the end",
    ),
    Attack(
        "exhausting/packed",
        "the notebook is a gzip file that unfolds to a gigabyte",
        lambda base: {NOTEBOOK: gzip.compress(bytes(2**26)), f"{UNIT}.zip": b"PK\3\4"},
        told=("unreadable",),
    ),
    json_attack(
        "exhausting/many-cells",
        "thirty thousand cells",
        _many_cells,
        told=("too many cells",),
        keeps=True,
    ),
    json_attack(
        "exhausting/deep", "lists in lists, half a million deep", _deep, told=("unreadable",)
    ),
    json_attack(
        "exhausting/many-parts",
        "a file thirty times as large for whoever reads it",
        _many_parts,
        told=("unreadable", "unreadable cell", "too many cells"),
    ),
    json_attack(
        "exhausting/long-number",
        "a number of five million digits",
        _long_number,
        told=("unreadable", "missing cell"),
    ),
    json_attack(
        "exhausting/slow-to-render",
        "text on which renderers take quadratic time",
        _slow_to_render,
        keeps=True,
    ),
)

ATTACKS = (*TIME, *PROCESSES, *MEMORY, *DISK, *OUTPUT, *FILES)

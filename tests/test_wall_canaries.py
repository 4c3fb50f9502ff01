"""A canary for each wall: opened on purpose, the matching attack succeeds; closed, it fails.

So no attack fails for another reason than its wall. The walls that have a switch in `Walls` are
opened in test_sandbox_attacks; here are limits, inner walls, and the examiner's own.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import grader.sandbox.box
import grader.sandbox.zygote
from glasslab import wire
from grader import engine, safe_html
from grader.sandbox import Limits, Sandbox, Walls, Zygote, frozen, kernel, watchdog, zygote_for
from grader.sandbox.layout import find_layout
from grader.submission import rebuild
from grader.unit import Unit, UnitCell

MEBI = 2**20

LIMITS: dict[str, tuple[Any, Any, str]] = {
    "memory": (600 * MEBI, 2048 * MEBI, "hoard = bytearray(900 * 2**20)"),
    "processes": (
        30,
        64,
        "import os, time\nfor _ in range(35):\n    if os.fork() == 0: time.sleep(60)",
    ),
    "tmp": (
        8 * MEBI,
        64 * MEBI,
        "for n in range(16): open(f'/tmp/{n}', 'wb').write(bytes(2**20))",
    ),
    "shared_memory": (8 * MEBI, 64 * MEBI, "open('/dev/shm/x', 'wb').write(bytes(2**24))"),
    "file": (4 * MEBI, 64 * MEBI, "open('/tmp/x', 'wb').write(bytes(2**23))"),
    "files": (
        200,
        2000,
        "import os, time\nfor n in range(300): os.mknod(f'/tmp/{n}')\ntime.sleep(0.5)",
    ),
    "open_files": (150, 400, "hoard = [open('/dev/null') for _ in range(200)]"),
    "sockets": (
        100,
        400,
        "import socket, time\nhoard = [socket.socketpair() for _ in range(60)]\ntime.sleep(0.5)",
    ),
    "tcp_sockets": (
        16,
        100,
        "import socket, time\n"
        "hoard = [socket.create_server(('127.0.0.1', 0)) for _ in range(20)]\ntime.sleep(0.5)",
    ),
    "cell_seconds": (0.5, 60.0, "import time; time.sleep(1.5)"),
    "notebook_seconds": (0.5, 60.0, "import time; time.sleep(1.5)"),
    "cell_traffic": (2 * MEBI, 48 * MEBI, "print('x' * 2**22)"),
    "traffic": (2 * MEBI, 256 * MEBI, "print('x' * 2**22)"),
}
"""A limit, too tight and wide enough for a cell, which succeeds if it ends well."""


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with zygote_for("warm") as found:
        assert found is not None
        yield found


@pytest.fixture(scope="module")
def box(zygote: Zygote) -> Iterator[Sandbox]:
    with Sandbox(zygote=zygote) as opened:
        yield opened


def shown(box: Sandbox, source: str) -> str:
    """Run a cell and return all text that is kept of what it shows."""
    return "".join(
        str(output.get("text", "")) + "".join(output.get("data", {}).values())
        for output in box.run_cell(source).outputs
    )


@pytest.mark.parametrize("name", LIMITS)
def test_each_limit_holds_what_goes_through_where_it_is_wider(name: str, zygote: Zygote) -> None:
    tight, wide, source = LIMITS[name]
    ends = {}
    for value in (tight, wide):
        with Sandbox(replace(Limits(), **{name: value}), zygote=zygote) as box:
            ends[value] = box.run_cell(source).status

    assert ends[tight] != "ok" and ends[wide] == "ok"


@pytest.mark.parametrize("name", ["cell_output", "notebook_output"])
def test_what_is_kept_of_outputs_is_bounded_by_the_limit(name: str, zygote: Zygote) -> None:
    ends = {}
    for value in (50_000, 5_000_000):
        with Sandbox(replace(Limits(), **{name: value}), zygote=zygote) as box:
            ends[value] = shown(box, "print('x' * 100_000 + 'REACHED')")

    assert "REACHED" not in ends[50_000] and "REACHED" in ends[5_000_000]


@pytest.mark.parametrize(
    ("name", "tight", "wide", "body"),
    [
        ("answer_seconds", 0.5, 30.0, "import time; time.sleep(1.5); return 1"),
        ("answer", 100_000, 1_000_000, "return 'x' * 200_000"),
    ],
)
def test_answers_are_bounded_by_the_limit(
    name: str, tight: Any, wide: Any, body: str, zygote: Zygote
) -> None:
    ends = {}
    for value in (tight, wide):
        with Sandbox(replace(Limits(), **{name: value}), zygote=zygote) as box:
            box.run_cell(
                f"from glasslab.checks import SESSION\ndef f():\n    {body}\n"
                "SESSION.handed_in['c'] = f"
            )
            box.keep("c_check", "c")
            ends[value] = box.ask("c_check", ()).status

    assert ends[tight] in ("timeout", "unusable") and ends[wide] == "answered"


MANY = """\
import os, time
children = []
for _ in range(8):
    children.append(os.fork())
    if children[-1] == 0:
        hoard = bytearray(120_000_000)
        hoard[::4096] = b"x" * len(range(0, len(hoard), 4096))
        time.sleep(2)
        os._exit(0)
for child in children:
    os.waitpid(child, 0)
print("REACHED")
"""
PAGE_TABLES = """\
import mmap
empty = mmap.mmap(-1, 2**39, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000,
                  prot=mmap.PROT_READ)
for place in range(0, 220_000 * 2**21, 2**21):
    empty[place]
print("REACHED")
"""
"""Each takes 0.9 GB: of a forked kernel, what it shares with its zygote isn't counted."""


@pytest.mark.parametrize("source", [MANY, PAGE_TABLES])
def test_memory_is_added_up_over_processes_and_page_tables(
    source: str, zygote: Zygote, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(memory=300 * MEBI)
    with Sandbox(limits, zygote=zygote) as box:
        assert "REACHED" not in shown(box, source)
        assert box.cause_of_death == "memory"
    if source is PAGE_TABLES:
        # Pages alone, without the tables that they are found by.
        monkeypatch.setattr(watchdog, "RESIDENT", re.compile(rb"^VmRSS:\s+(\d+) kB", re.M))
        monkeypatch.setattr(watchdog, "PAGE_TABLES", re.compile(rb"^no such line (\d+)"))
    else:
        monkeypatch.setattr(watchdog, "_resident", lambda folder: 0)
    with Sandbox(limits, zygote=zygote) as box:
        assert "REACHED" in shown(box, source)


LEAVE = """\
import ctypes, os, socket
open("/dev/shm/note", "w").write("left")
kept = socket.socket(socket.AF_UNIX)
kept.bind("\\0note-left")
made = ctypes.CDLL(None).msgget(4242, 0o1666)
"""
LOOK = """\
import os, socket
if os.path.exists("/dev/shm/note"):
    print("REACHED mounts")
if any("@note-left" in line for line in open("/proc/net/unix")):
    print("REACHED network")
if any(" 4242 " in " " + line for line in open("/proc/sysvipc/msg")):
    print("REACHED ipc")
for number in map(int, os.listdir("/proc/self/fd")):
    try:
        with socket.socket(fileno=os.dup(number)) as one:
            if one.type == socket.SOCK_SEQPACKET:
                print("REACHED descriptors")
    except OSError:
        pass
try:
    if open("/proc/1/maps").read():
        print("REACHED memory")
except OSError:
    pass
"""
SOFTER = {
    "inner.py": (
        ('_mount("tmpfs", "/dev/shm"', '0 and _mount("tmpfs", "/dev/shm"'),
        ('    "ipc": 0x08000000,\n', ""),
        ("flags |= NEW_NETWORK if order.own_network else 0", ""),
        ("    _raise_loopback()", "    pass"),
        ("SET_DUMPABLE, 0, 0, 0, 0", "SET_DUMPABLE, 1, 0, 0, 0"),
    ),
    "forking.py": (("    os.closerange(3, 2**20)\n", ""),),
}
"""Lines of the inner walls, and what leaves each of them out."""


def found_by_a_neighbour(zygote: Zygote) -> set[str]:
    # Landlock and the filter stand in the way of some of it too: a second lock.
    walls = Walls(landlock=False, syscall_filter=False)
    with Sandbox(walls=walls, zygote=zygote) as one, Sandbox(walls=walls, zygote=zygote) as other:
        assert one.run_cell(LEAVE).status == "ok"
        return {line.removeprefix("REACHED ") for line in shown(other, LOOK).splitlines()}


def test_each_inner_wall_keeps_one_kernel_from_another(
    zygote: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found_by_a_neighbour(zygote) == set()

    layout = find_layout()
    soft = []
    for path in layout.inner:
        text = path.read_text()
        for line, without in SOFTER.get(path.name, ()):
            assert text.count(line) == 1, line
            text = text.replace(line, without)
        soft.append(tmp_path / path.name)
        soft[-1].write_text(text)
    open_layout = replace(layout, inner=tuple(soft))
    monkeypatch.setattr(grader.sandbox.zygote, "find_layout", lambda: open_layout)
    with zygote_for("warm") as opened:
        assert opened is not None
        found = found_by_a_neighbour(opened)

    assert found == {"mounts", "network", "ipc", "descriptors", "memory"}


def test_a_message_of_millions_of_parts_isn_t_read(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (
        "import json\nk = get_ipython().kernel\n"
        "head = json.dumps(k.session.msg_header('display_data'), default=str).encode()\n"
        "parent = json.dumps(k.get_parent()['header'], default=str).encode()\n"
        'body = b\'{"data": {"text/plain": "REACHED"}, "x": [\' + b\'{},\' * 30_000 + b\'0]}\'\n'
        "frames = [head, parent, b'{}', body]\n"
        "signed = [k.session.sign(frames), *frames]\n"
        "k.iopub_socket.send_multipart([b'x', b'<IDS|MSG>', *signed])"
    )
    monkeypatch.setattr(kernel, "MOST_MARKS", 50_000)
    assert "REACHED" not in shown(box, source)
    monkeypatch.undo()
    assert "REACHED" in shown(box, source)


def test_outputs_are_frozen(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from IPython.display import HTML, display\ndisplay(HTML('<script>REACHED</script>'))"
    assert "REACHED" not in shown(box, source)
    monkeypatch.setattr(frozen, "_kept_data", dict)
    assert "REACHED" in shown(box, source)


class Bomb:
    """Acts where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_answers_are_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    raw = base64.b64encode(pickle.dumps(Bomb(reached))).decode()
    sent = json.dumps({"status": "answered", "value": {"kind": "pickle", "value": raw}})

    assert grader.sandbox.box._read_answer(sent).status == "unusable"
    assert not reached.exists()
    monkeypatch.setattr(
        wire,
        "decode",
        lambda data, **_: pickle.loads(base64.b64decode(data["value"])),  # noqa: S301
    )
    assert grader.sandbox.box._read_answer(sent).status == "answered"
    assert reached.exists()


def test_arrays_are_bounded_on_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = {"kind": "array", "dtype": "float64", "shape": [2**40, 0], "data": ""}
    deep: dict[str, Any] = {"kind": "value", "value": 1}
    for _ in range(50):
        deep = {"kind": "list", "items": [deep]}
    for data, bound in ((endless, "MAX_BYTES"), (deep, "MAX_DEPTH")):
        with pytest.raises(wire.WireError):
            wire.decode(data)
        with monkeypatch.context() as opened:
            opened.setattr(wire, bound, 2**50)
            wire.decode(data)


def test_names_of_errors_carry_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = json.dumps({"status": "raised", "error": "TheHiddenSeedIs7"})

    assert grader.sandbox.box._read_answer(sent).error == "an exception"
    monkeypatch.setattr(grader.sandbox.box, "KNOWN_ERRORS", {"TheHiddenSeedIs7"})
    assert grader.sandbox.box._read_answer(sent).error == "TheHiddenSeedIs7"


def test_locked_cells_are_the_unit_s_own() -> None:
    locked = UnitCell("thing_check", "code", 'check("a.b", thing)', True, False, True, 2.0)
    metadata = {"nbgrader": {"grade_id": "thing_check", "points": 99, "solution": True}}
    cell = {"cell_type": "code", "source": "print('REACHED')", "metadata": metadata}
    submission = json.dumps({"cells": [cell]}).encode()
    texts = {}
    for is_open in (False, True):
        unit = Unit("unit", (replace(locked, solution=is_open),))
        texts[is_open] = "".join(one.source for one in rebuild(submission, unit).notebook.cells)

    assert "REACHED" not in texts[False] and "REACHED" in texts[True]


def test_a_submission_s_links_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("REACHED")
    link = tmp_path / "unit.ipynb"
    link.symlink_to(tmp_path / "secret")

    assert engine.read_submission("mal", link).content == b""
    monkeypatch.setattr(os, "O_NOFOLLOW", 0)
    assert engine.read_submission("mal", link).content == b"REACHED"


def test_markdown_is_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "# x\n\n<img src=x onerror='REACHED()'>"

    assert "<img" not in safe_html.safe_markdown(source)
    monkeypatch.setattr(safe_html.Cleaner, "clean", lambda self, text: text)
    assert "<img" in safe_html.safe_markdown(source)


def test_notes_are_found_by_whoever_shares_a_kernel(box: Sandbox, zygote: Zygote) -> None:
    """What attackers leave for the next run would be found, if there were a way."""
    look = "import os; print('REACHED' if os.path.exists('/tmp/note') else 'nothing')"
    box.run_cell("open('/tmp/note', 'w').write('left')")

    assert "REACHED" in shown(box, look)
    with Sandbox(zygote=zygote) as other:
        assert "REACHED" not in shown(other, look)

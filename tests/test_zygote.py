"""Kernels forked from a zygote: the same as cold ones to their learner, and strangers to others."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from grader.errors import GraderError
from grader.sandbox import Sandbox, Walls, Zygote, zygote_for

STATE = """
import os, random, resource, sys
home = sorted(os.listdir())
from glasslab.checks import SESSION
import matplotlib.pyplot as plt
import torch
state = {
    "cwd": os.getcwd(),
    "home": home,
    "tmp": sorted(name for name in os.listdir("/tmp") if "kernel" in name),
    "environment": dict(sorted(os.environ.items())),
    "argv": sys.argv,
    "path": sys.path,
    "main": sorted(name for name in vars(sys.modules["__main__"]) if not name.startswith("_")),
    "ids": (os.getuid() == os.getgid(), os.getgroups(), os.getpid(), os.getsid(0)),
    "files": sorted(name for name in os.listdir("/proc/self/fd") if int(name) < 3),
    "limits": [resource.getrlimit(n) for n in (resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE)],
    "figures": plt.get_fignums(),
    "backend": plt.get_backend(),
    "handed in": len(SESSION.handed_in),
    "threads": (torch.get_num_threads(), torch.is_grad_enabled()),
    "hostname": os.uname().nodename,
}
import json
print(json.dumps(state))
"""
MOST_MEMORY = 60 * 2**20


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with zygote_for("warm") as found:
        assert found is not None
        yield found


def printed(box: Sandbox, source: str) -> str:
    """Run a cell that must succeed, and return what it printed."""
    result = box.run_cell(source)
    assert result.status == "ok", result
    return "".join(output.get("text", "") for output in result.outputs)


def _descendants(pid: int) -> list[int]:
    """Return a process and all that come from it."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found = re.search(r"^PPid:\s+(\d+)", (folder / "status").read_text(), re.MULTILINE)
        except OSError:
            continue
        if found:
            parents.setdefault(int(found[1]), []).append(int(folder.name))
    family = [pid]
    for one in family:
        family += parents.get(one, [])
    return family


def _is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def _lines_of(pid: int) -> set[str]:
    links = (os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir())  # noqa: PTH115
    return {link for link in links if link.startswith(("socket:", "pipe:"))}


def _own_memory(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(kb) * 1024 for kb in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.MULTILINE))


def test_a_learner_can_not_tell_a_forked_kernel_from_a_cold_one(zygote: Zygote) -> None:
    states = []
    for source in (None, zygote):
        with Sandbox(zygote=source) as box:
            states.append(json.loads(printed(box, STATE)))
    cold, warm = states

    assert warm == cold


def test_random_numbers_are_new_in_every_kernel(zygote: Zygote) -> None:
    draw = (
        "import random, numpy as np, torch\n"
        "print(random.random(), np.random.rand(), torch.rand(1).item())"
    )
    drawn = []
    for _ in range(2):
        with Sandbox(zygote=zygote) as box:
            drawn.append(printed(box, draw).split())

    assert all(one != other for one, other in zip(*drawn))


def test_training_and_figures_work_after_a_fork(zygote: Zygote) -> None:
    train = (
        "import torch, matplotlib.pyplot as plt\n"
        "layer = torch.nn.Linear(3, 2)\nlayer(torch.ones(4, 3)).square().sum().backward()\n"
        "plt.plot(layer.weight.grad[0]);"
    )
    with Sandbox(zygote=zygote) as box:
        result = box.run_cell(train)

    assert result.status == "ok"
    assert set(result.outputs[0].data) == {"text/plain", "image/png"}


def test_kernels_cannot_reach_each_other_nor_the_zygote(zygote: Zygote) -> None:
    leave = (
        "import os, socket\nopen('/tmp/left', 'w').write('x'); open('/dev/shm/left', 'w')\n"
        "one = socket.socket(socket.AF_UNIX); one.bind('\\0left'); one.listen()\n"
        "two = socket.create_server(('127.0.0.1', 5000))\n"
        "terminal = os.openpty(); os.chmod(os.ttyname(terminal[1]), 0o666)\n"
        "print(os.ttyname(terminal[1]))"
    )
    look = (
        "import os, socket\n"
        "found = [p for p in ('/tmp/left', '/dev/shm/left') if os.path.exists(p)]\n"
        "found += [n for n in os.listdir('/dev/pts') if n != 'ptmx']\n"
        "for family, place in ((1, '\\0left'), (2, ('127.0.0.1', 5000))):\n"
        "    try:\n        socket.socket(family).connect(place)\n        found.append(place)\n"
        "    except OSError:\n        pass\n"
        "pids = [int(n) for n in os.listdir('/proc') if n.isdecimal()]\n"
        "for pid in set(pids) - {os.getpid()}:\n"
        "    for file in ('mem', 'environ', 'fd/0', 'root/tmp'):\n"
        "        try:\n            os.stat(f'/proc/{pid}/{file}') and open(f'/proc/{pid}/{file}')\n"
        "            found.append((pid, file))\n"
        "        except OSError:\n            pass\n"
        "    try:\n        os.kill(pid, 0)\n        found.append((pid, 'kill'))\n"
        "    except OSError:\n        pass\n"
        "open_files = {n: os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')"
        " if os.path.exists(f'/proc/self/fd/{n}')}\n"
        "print(found, sorted(pids), [f for f in open_files.values() if 'memfd' in f])"
    )
    with Sandbox(zygote=zygote) as one, Sandbox(zygote=zygote) as other:
        printed(one, leave)
        found = printed(other, look)

    assert found == "[] [1, 2] []\n"


def test_a_forked_kernel_has_no_open_file_of_the_zygote_s(zygote: Zygote) -> None:
    """Its pipes and sockets are its own, or those that bring its words to its own sandbox."""
    with Sandbox(zygote=zygote) as box:
        first, life = box._process.first, zygote.pid
        assert life is not None
        inside = _descendants(first)
        own = {one for pid in inside for one in _lines_of(pid)}
        others = {one for pid in _descendants(life) if pid not in inside for one in _lines_of(pid)}

    assert own and others and not own & others


def test_a_dead_zygote_is_replaced(zygote: Zygote) -> None:
    first = zygote.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    with Sandbox(zygote=zygote) as box:
        assert printed(box, "print(1 + 1)") == "2\n"

    assert zygote.pid not in (None, first)


def test_several_threads_fork_at_once(zygote: Zygote) -> None:
    def work(number: int) -> str:
        with Sandbox(zygote=zygote) as box:
            box.run_cell(f"open('/tmp/mine', 'w').write('{number}')")
            return printed(box, "print(open('/tmp/mine').read(), end='')")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(8))) == [str(number) for number in range(8)]


def test_nothing_outlives_a_grader_that_is_killed() -> None:
    source = (
        "import time\nfrom grader.sandbox import Sandbox, zygote_for\n"
        "with zygote_for('warm') as zygote, Sandbox(zygote=zygote) as box:\n"
        '    box.run_cell(\'import subprocess; subprocess.Popen(["sleep", "600"],'
        " start_new_session=True)')\n"
        "    print(zygote.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE) as grader:
        assert grader.stdout is not None
        family = _descendants(int(grader.stdout.readline()))
        grader.kill()
    assert len(family) >= 5
    deadline = time.monotonic() + 30
    while any(map(_is_alive, family)) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert not any(map(_is_alive, family))


def test_another_kernel_costs_little_memory(zygote: Zygote) -> None:
    """In proportion: what is shared costs nothing more when there is one more to share it."""
    cell = "import torch, transformer_lens, glasslab.models, numpy, matplotlib.pyplot, circuitsvis"
    with Sandbox(zygote=zygote) as box:
        printed(box, cell)
        first = box._process.first
        own = sum(_own_memory(pid) for pid in _descendants(first))

    assert own < MOST_MEMORY


def test_other_outer_walls_than_the_zygote_s_are_refused(zygote: Zygote) -> None:
    with (
        pytest.raises(GraderError, match="same"),
        Sandbox(walls=Walls(clean_environment=False), zygote=zygote),
    ):
        pass


def test_where_forking_is_impossible_kernels_are_cold_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with caplog.at_level(logging.WARNING), zygote_for("cold") as nothing:
        assert nothing is None and not caplog.records
    with caplog.at_level(logging.WARNING), zygote_for("warm") as nothing:
        assert nothing is None

    assert len(caplog.records) == 1
    assert "No permissions to create a new namespace" in caplog.text


def test_nbclient_runs_a_notebook_in_a_forked_kernel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spec = {
        "argv": [],
        "display_name": "warm",
        "language": "python",
        "interrupt_mode": "message",
        "metadata": {"kernel_provisioner": {"provisioner_name": "glasslab-warm"}},
    }
    folder = tmp_path / "kernels" / "warm"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    cells = ["import torch, os; x = 41", "print(x + 1, os.getcwd())"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client: Any = NotebookClient(notebook, kernel_name="warm", timeout=120)
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        ip = client.km.ip
        assert Path(ip).parent.exists()

    assert notebook.cells[1].outputs[0].text == "42 /tmp/home\n"
    assert not Path(ip).parent.exists()

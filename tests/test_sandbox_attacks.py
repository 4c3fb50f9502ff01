"""Attacks on the walls: each file in sandbox_cases is one, and its first line says how it ends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox import CellResult, Limits, Sandbox, Walls, Zygote, zygote_for

CASES = Path(__file__).parent / "sandbox_cases"
REFUSED = sorted((CASES / "refused").glob("*.py"))
EXHAUSTING = sorted((CASES / "exhausting").glob("*.py"))
TIGHT = Limits(
    memory=600 * 2**20,
    tmp=64 * 2**20,
    files=2000,
    cell_seconds=3.0,
    grace_seconds=2.0,
    cell_traffic=16 * 2**20,
    traffic=64 * 2**20,
)
OUTER = ("no_network", "hidden_files", "clean_environment")
INNER = ("syscall_filter", "own_user", "landlock")
HONEST_REFUSALS = {
    *("OSError", "PermissionError", "FileNotFoundError", "ConnectionRefusedError"),
    *("ProcessLookupError", "TimeoutError", "ModuleNotFoundError", "ValueError"),
    "StdinNotImplementedError",
}
"""Other errors would mean that a case is broken, and a broken attack proves nothing."""


def first_line(case: Path, key: str) -> str:
    """Return what stands between ``key:`` and the bar in a case's first line."""
    line = case.read_text().splitlines()[0]
    assert line.startswith(f"# {key}: ") and " | " in line, f"{case} lacks its first line"
    return line.removeprefix(f"# {key}: ").split(" | ")[0]


@contextmanager
def prizes() -> Iterator[dict[str, Any]]:
    """Set up on the host what the attacks want to reach."""
    token = f"prize-{os.urandom(8).hex()}"
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        threading.Thread(target=_answer, args=(udp,), daemon=True).start()
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind("\0" + token)
        unix.listen()
        # The token is the name under which a process on the host runs.
        bystander = subprocess.Popen([token, "600"], executable="/usr/bin/sleep")
        stack.callback(bystander.wait)
        stack.callback(bystander.kill)
        os.environ["GLASSLAB_TEST_PRIZE"] = token
        stack.callback(os.environ.pop, "GLASSLAB_TEST_PRIZE")
        yield {
            "TOKEN": token,
            "HOST_PORT": tcp.getsockname()[1],
            "HOST_UDP_PORT": udp.getsockname()[1],
            "HOST_SOCKET": token,
            "PLANTED": _plant(token, stack),
            "CHECKOUT": str(CASES.parents[1]),
        }


def _answer(udp: socket.socket) -> None:
    try:
        while True:
            _, sender = udp.recvfrom(100)
            udp.sendto(b"reached", sender)
    except OSError:
        return


def _plant(token: str, stack: ExitStack) -> list[str]:
    """Write a secret wherever this user may, readable by all."""
    folders = (CASES.parents[1], Path("/var/tmp"), Path(tempfile.gettempdir()), Path.home())
    planted = []
    for folder in folders:
        path = folder / f".{token}"
        try:
            path.write_text(token)
        except OSError:
            continue
        stack.callback(path.unlink)
        path.chmod(0o644)
        planted.append(str(path))
    assert planted
    return planted


def attack(box: Sandbox, case: Path, aims: dict[str, Any]) -> tuple[CellResult, bool]:
    """Run a case, and say whether it reached what it wanted."""
    box.run_cell("\n".join(f"{name} = {value!r}" for name, value in aims.items()))
    result = box.run_cell(case.read_text())
    return result, any("REACHED" in str(output.get("text")) for output in result.outputs)


@pytest.fixture(scope="module")
def aims() -> Iterator[dict[str, Any]]:
    with prizes() as found:
        yield found


@pytest.fixture(scope="module", params=["cold", "warm"])
def zygote(request: pytest.FixtureRequest, aims: dict[str, Any]) -> Iterator[Zygote | None]:
    """What the same attacks are run on: fresh sandboxes, and kernels forked into inner walls."""
    with zygote_for(request.param) as found:
        assert (found is None) == (request.param == "cold")
        yield found


@pytest.fixture(scope="module")
def walled(zygote: Zygote | None) -> Iterator[Sandbox]:
    with Sandbox(zygote=zygote) as box:
        yield box


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.stem)
def test_what_is_outside_is_out_of_reach(case: Path, walled: Sandbox, aims: dict[str, Any]) -> None:
    result, reached = attack(walled, case, aims)

    assert not reached
    assert result.status == "error" and result.error_name in HONEST_REFUSALS, result
    assert walled.alive


def opened(*names: str) -> Walls:
    """Return the walls with some of them open, and what else stands in the same place."""
    walls = replace(Walls(), **dict.fromkeys(names, False))
    if not walls.hidden_files:
        # Python may live in a folder that only its owner can enter.
        walls = replace(walls, own_user=False)
    if not walls.no_network:
        # Landlock too keeps sockets that have a name but no file apart.
        walls = replace(walls, landlock=False)
    return walls


@pytest.mark.parametrize("wall", [*OUTER, *INNER])
def test_the_same_attacks_succeed_where_their_wall_is_open(wall: str, aims: dict[str, Any]) -> None:
    if wall == "own_user" and os.geteuid() != 0:
        return  # An ordinary user's sandbox has no root to drop.
    walls = opened(wall)
    cases = [case for case in REFUSED if first_line(case, "wall") == wall]
    with Sandbox(walls=walls) as box:
        survived = [case.stem for case in cases if not attack(box, case, aims)[1]]

    assert cases and not survived


@pytest.mark.parametrize("names", [OUTER, INNER], ids=["outer", "inner"])
def test_so_they_do_on_a_forked_kernel(names: tuple[str, ...], aims: dict[str, Any]) -> None:
    walls = opened(*names)
    wanted = set(names) - ({"own_user"} if os.geteuid() != 0 else set())
    cases = [case for case in REFUSED if first_line(case, "wall") in wanted]
    with zygote_for("warm", walls) as zygote:
        assert zygote is not None
        with Sandbox(zygote=zygote) as box:
            survived = [case.stem for case in cases if not attack(box, case, aims)[1]]

    assert cases and not survived


@pytest.mark.parametrize("case", EXHAUSTING, ids=lambda case: case.stem)
def test_no_submission_takes_more_than_its_share(case: Path, zygote: Zygote | None) -> None:
    expected = first_line(case, "ends").split(", ")
    # On a busy machine a bomb takes its time; only what never ends by itself runs into the clock.
    endless = any(end.startswith("timeout") for end in expected)
    limits = TIGHT if endless else replace(TIGHT, cell_seconds=120)
    with Sandbox(limits, zygote=zygote) as box:
        first = box._process.first
        namespace = str(Path(f"/proc/{first}/ns/pid").readlink())
        result = box.run_cell(case.read_text())
        words = [result.status]
        if box.cause_of_death:
            words += ["of", box.cause_of_death]
        elif box.alive and result.status == "timeout":
            words += ["alive"]
        assert " ".join(words) in expected, (result, box.cause_of_death)
        if box.alive:
            assert box.run_cell("1 + 1").status in ("ok", "error")
        size = sum(len(str(output)) for output in result.outputs)
        assert size < 4 * TIGHT.cell_output

    assert namespace not in _pid_namespaces()


def _pid_namespaces() -> set[str]:
    """Return the process namespaces of all that runs here; what only waits to be reaped is dead."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if "\nState:\tZ" not in (folder / "status").read_text():
                found.add(str((folder / "ns/pid").readlink()))
        except OSError:
            continue
    return found


def test_nothing_outlives_a_grader_that_is_killed() -> None:
    source = (
        "import time\nfrom pathlib import Path\nfrom grader.sandbox import Sandbox\n"
        "with Sandbox() as box:\n"
        "    print(Path(f'/proc/{box._process.first}/ns/pid').readlink(), flush=True)\n"
        f"    box.run_cell(Path({str(CASES / 'exhausting' / 'daemons.py')!r}).read_text())\n"
        "    print('daemons run', flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE) as grader:
        assert grader.stdout is not None
        namespace = grader.stdout.readline().decode().strip()
        grader.stdout.readline()
        assert namespace in _pid_namespaces()
        grader.kill()
    deadline = time.monotonic() + 30
    while namespace in _pid_namespaces() and time.monotonic() < deadline:
        time.sleep(0.1)

    assert namespace not in _pid_namespaces()


def test_what_a_submission_sends_is_bounded_where_it_arrives() -> None:
    """The examiner's own memory is what a hostile kernel could fill."""
    before = _peak_memory()
    with Sandbox(TIGHT) as box:
        result = box.run_cell((CASES / "exhausting" / "message_without_end.py").read_text())

    assert result.status == "flood"
    assert _peak_memory() - before < 4 * TIGHT.traffic


def _peak_memory() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def test_an_infinite_loop_costs_its_own_cell_only(zygote: Zygote | None) -> None:
    with Sandbox(TIGHT, zygote=zygote) as box:
        box.run_cell("kept = 41")
        assert box.run_cell("while True: pass").status == "timeout"
        after = box.run_cell("kept + 1")

    assert after.outputs[0].data["text/plain"] == "42"


def test_all_cells_together_have_their_time() -> None:
    with Sandbox(replace(TIGHT, cell_seconds=60, notebook_seconds=4)) as box:
        start = time.monotonic()
        statuses = [box.run_cell("import time; time.sleep(1.5)").status for _ in range(4)]

    assert statuses[0] == "ok" and statuses[-1] == "no time"
    assert time.monotonic() - start < 60

"""Runs nbgrader on one attack, inside bubblewrap; stands alone there as a script.

It plays the host: it listens where an attack may want to get through, and waits for nbgrader to
end. Then it tells what of the attack still runs.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

KEPT = 200_000


def main() -> None:
    """Run nbgrader's autograde and feedback here, and write what came of it."""
    aim = json.loads(Path("aim.json").read_text())
    tcp = socket.create_server(("127.0.0.1", aim["tcp_port"]))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", aim["udp_port"]))
    threading.Thread(target=_answer, args=(udp,), daemon=True).start()
    unix = socket.socket(socket.AF_UNIX)
    unix.bind("\0" + aim["unix_socket"])
    unix.listen()
    bystander = subprocess.Popen([aim["bystander"], "3600"], executable="/usr/bin/sleep")
    told = {}
    for command in ("autograde", "generate_feedback"):
        told[command] = _nbgrader(command, aim["seconds"])
        if command == "autograde":
            told["left"] = _others({os.getpid(), bystander.pid})
    bystander.kill()
    tcp.close()
    Path("told.json").write_text(json.dumps(told))


def _nbgrader(command: str, seconds: float) -> dict[str, object]:
    with Path(f"{command}.log").open("wb+") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "nbgrader", command, "01_data"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code: int | None = running.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        log.seek(0)
        return {"code": code, "log": log.read(KEPT).decode("utf-8", "replace")}


def _answer(udp: socket.socket) -> None:
    while True:
        _, sender = udp.recvfrom(100)
        udp.sendto(b"reached", sender)


def _others(known: set[int]) -> int:
    """Count the processes of this namespace beside the known ones and the first."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        count += state != "Z" and int(folder.name) not in known | {1}
    return count


if __name__ == "__main__":
    main()

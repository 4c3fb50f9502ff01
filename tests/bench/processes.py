"""What a benchmark sees of the processes it starts: memory, time, the first result."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path


class Watch:
    """Watches what this process's descendants do: their memory at most, and the first result."""

    def __init__(self, journal: Path | None = None) -> None:
        self.peak = 0
        self.first: float | None = None
        self._journal = journal
        self._begun = time.perf_counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *ending: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.3):
            self.peak = max(self.peak, sum(map(proportional, descendants(os.getpid()))))
            if self.first is None and self._journal and _size(self._journal):
                self.first = time.perf_counter() - self._begun


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def processor_seconds() -> float:
    """Return what this process's descendants that live have used of a core."""
    total = 0
    for pid in descendants(os.getpid())[1:]:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started, as far as they live."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def proportional(pid: int) -> int:
    """Return a process's bytes, each shared page divided by its users; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))

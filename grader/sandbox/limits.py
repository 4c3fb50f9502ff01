"""How much a submission may use: one frozen table, so that a test or a unit can change one line."""

from __future__ import annotations

from dataclasses import dataclass

MEBI = 2**20
GIBI = 2**30


@dataclass(frozen=True)
class Limits:
    """Bounds of one sandbox; sizes in bytes, times in seconds."""

    memory: int = 2 * GIBI
    """All processes together; also the private data of each single one."""
    processes: int = 64
    """Threads count: an idle kernel has about a dozen."""
    tmp: int = 256 * MEBI
    """Everything in /tmp, which holds the home folder too."""
    shared_memory: int = 64 * MEBI
    """Everything in /dev/shm."""
    file: int = 64 * MEBI
    """The largest single file."""
    files: int = 10_000
    """Files and folders in /tmp and /dev/shm: empty ones cost the host's memory too."""
    open_files: int = 256
    sockets: int = 200
    """What waits in a socket is memory that no process's size shows; an idle kernel has 16."""
    tcp_sockets: int = 16
    """Those of them that speak TCP, whose buffers grow to tens of MB; a kernel needs one."""

    cell_seconds: float = 120.0
    notebook_seconds: float = 600.0
    """All cells together."""
    answer_seconds: float = 20.0
    startup_seconds: float = 60.0
    grace_seconds: float = 3.0
    """How long an interrupted cell may take to come back before its kernel is killed."""

    cell_output: int = 2 * MEBI
    """What is kept of one cell's outputs."""
    notebook_output: int = 16 * MEBI
    """What is kept of all outputs."""
    cell_traffic: int = 48 * MEBI
    """What one cell may send before it is stopped; pictures in HTML are sent and not kept."""
    traffic: int = 256 * MEBI
    """What a kernel may ever send before the line is cut: so much the examiner may have to hold."""
    answer: int = 16 * MEBI
    """One answer, as JSON."""

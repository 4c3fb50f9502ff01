"""The inner walls: what a process that was forked from a zygote builds around itself.

Stands inside the outer walls beside `forking` and needs nothing but Python and the C library. The
steps are those of bubblewrap, in its order: namespaces, mounts, privileges, filter.
"""

from __future__ import annotations

import base64
import ctypes
import fcntl
import json
import os
import re
import resource
import socket
import struct
from dataclasses import asdict, dataclass
from pathlib import Path

from . import landlock

# From linux/sched.h.
NEW_NAMESPACES = {
    "mounts": 0x00020000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "pid": 0x20000000,
}
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
# From linux/mount.h.
READ_ONLY, NO_SUID, NO_DEVICES, NO_PROGRAMS = 1, 2, 4, 8
REMOUNT, BIND, RECURSIVE, PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
PLAIN = NO_SUID | NO_DEVICES
# From linux/prctl.h, linux/capability.h, linux/sockios.h, linux/if.h.
SET_DUMPABLE, SET_SECCOMP, DROP_FROM_BOUNDS, SET_NO_NEW_PRIVS = 4, 22, 24, 38
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
SET_INTERFACE_FLAGS, INTERFACE_UP = 0x8914, 1

KNOBS = ("sys", "sysrq-trigger", "irq", "bus")
"""Parts of /proc that are the machine's, not a process's; bubblewrap covers the same."""
SMALL = "size=64k,nr_inodes=16,mode=0755"

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Order:
    """What one kernel is to be, in values that travel as JSON."""

    uid: int
    drop_root: bool
    """Whether root must become ``uid``."""
    own_user_namespace: bool
    own_network: bool
    landlock: bool
    syscall_filter: str | None
    """A BPF program in base64."""
    tmp: int
    shared_memory: int
    files: int
    kept: tuple[str, ...]
    """Folders below /tmp that stay in sight when /tmp is made anew."""
    home: str
    passwd: str
    connection: str
    connection_file: str
    limits: dict[str, int]
    """Resource limits by their names."""
    argv: tuple[str, ...]
    trial: bool = False
    """Whether the walls alone are wanted, to see if they can be built."""

    def to_json(self) -> bytes:
        """Return the order as it travels."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Order:
        """Read an order of the grader's."""
        return cls(**json.loads(data))


def separate(order: Order) -> None:
    """Give this process and its children namespaces of their own.

    Raises:
        OSError: the machine refuses one of them.
    """
    uid, gid = os.getuid(), os.getgid()
    flags = sum(NEW_NAMESPACES.values())
    flags |= NEW_USER if order.own_user_namespace else 0
    flags |= NEW_NETWORK if order.own_network else 0
    _checked(_libc.unshare(flags), "unshare")
    if order.own_user_namespace:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def furnish(order: Order) -> None:
    """Mount what is a kernel's own over what it shares with others; the first process's duty.

    Raises:
        OSError: a mount is refused.
    """
    kept = [(path, os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in order.kept]
    _mount(None, "/", None, RECURSIVE | PRIVATE)
    _mount("proc", "/proc", "proc", PLAIN | NO_PROGRAMS)
    _mount("tmpfs", "/tmp", "tmpfs", PLAIN, _bounded(order.tmp, order.files))
    _mount("tmpfs", "/dev/shm", "tmpfs", PLAIN, _bounded(order.shared_memory, order.files))
    # A terminal is a line between its two ends: none may reach from one kernel to another.
    _mount(
        "devpts", "/dev/pts", "devpts", NO_SUID | NO_PROGRAMS, "newinstance,ptmxmode=666,mode=620"
    )
    Path(order.home).mkdir()
    Path(order.home).chmod(0o777)
    for path, fd in kept:
        Path(path).mkdir(parents=True, exist_ok=True)
        _mount(f"/proc/self/fd/{fd}", path, None, BIND | RECURSIVE)
        os.close(fd)
    _lay_out_files(order)
    if order.own_user_namespace:
        # As bubblewrap's --disable-userns: nobody inside can raise it again.
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    for name in KNOBS:
        if Path("/proc", name).exists():
            _cover(f"/proc/{name}", f"/proc/{name}", PLAIN | NO_PROGRAMS)
    if order.own_network:
        _raise_loopback()
    os.chdir(order.home)


def lower(order: Order) -> None:
    """Give up root's number and every privilege, for good.

    Raises:
        OSError: the machine refuses.
    """
    capability = 0
    while _libc.prctl(DROP_FROM_BOUNDS, capability, 0, 0, 0) == 0:
        capability += 1
    if capability == 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_CAPBSET_DROP)")
    if order.drop_root:
        os.setgroups([])
        os.setresgid(order.uid, order.uid, order.uid)
        os.setresuid(order.uid, order.uid, order.uid)
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    _checked(_libc.capset(header, bytes(24)), "capset")
    _checked(_libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")
    hide_memory()


def hide_memory() -> None:
    """Keep this process's memory and files from others of the same user."""
    _checked(_libc.prctl(SET_DUMPABLE, 0, 0, 0, 0), "prctl(PR_SET_DUMPABLE)")


def confine(order: Order) -> None:
    """Set limits, Landlock and the filter on this process, which is to become the kernel.

    Raises:
        OSError: the machine refuses.
    """
    for name, value in order.limits.items():
        if name == "data":
            # What it was born with is shared. A kernel started anew takes its first quarter or so
            # for itself; leaving as much room, a bomb ends in a MemoryError before the watchdog.
            value = _private_data() + value * 3 // 4
        resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (value, value))
    if order.landlock:
        landlock.restrict()
    # As after an exec: a process may look at itself.
    _checked(_libc.prctl(SET_DUMPABLE, 1, 0, 0, 0), "prctl(PR_SET_DUMPABLE)")
    if order.syscall_filter is not None:
        _filter(base64.b64decode(order.syscall_filter))


def _lay_out_files(order: Order) -> None:
    _mount("tmpfs", "/run", "tmpfs", PLAIN, SMALL)
    connection, passwd = Path(order.connection_file), Path("/run/passwd")
    for file, text in ((connection, order.connection), (passwd, order.passwd)):
        file.write_text(text)
        file.chmod(0o444)
    _cover(str(passwd), "/etc/passwd", PLAIN)
    _mount(None, "/run", None, REMOUNT | READ_ONLY | PLAIN, SMALL)


def _cover(source: str, target: str, flags: int) -> None:
    """Show ``source`` at ``target``, to be read only."""
    _mount(source, target, None, BIND)
    _mount(None, target, None, REMOUNT | BIND | READ_ONLY | flags)


def _bounded(size: int, files: int) -> str:
    # The watchdog says "files" at half of the machine's own bound, which nobody gets past.
    return f"mode=1777,size={size},nr_inodes={2 * files}"


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    words = [None if word is None else word.encode() for word in (source, target, kind, options)]
    _checked(_libc.mount(*words[:3], ctypes.c_ulong(flags), words[3]), f"mount on {target}")


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        fcntl.ioctl(one, SET_INTERFACE_FLAGS, struct.pack("16sH22x", b"lo", INTERFACE_UP))


def _private_data() -> int:
    found = re.search(r"^VmData:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _filter(program: bytes) -> None:
    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))

    whole = Program(len(program) // 8, program)
    done = _libc.prctl(SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(whole), 0, 0)
    _checked(done, "prctl(PR_SET_SECCOMP)")


def _checked(result: int, what: str) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")

"""The system calls that no notebook needs, as a BPF program for bubblewrap.

Namespaces and users already stand in the way of most of these; the filter also closes what they
leave open (AF_VSOCK leads out of a virtual machine, whatever the network namespace) and keeps the
kernel's less trodden paths out of reach.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from types import ModuleType
from typing import Any

from grader.sandbox.errors import SandboxUnavailable

FORBIDDEN = (
    # other processes, and what they hold
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd"),
    *("process_madvise", "add_key", "request_key", "keyctl"),
    # the tree of files
    *("mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "mount_setattr"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "quotactl", "swapon", "swapoff", "acct"),
    *("name_to_handle_at", "open_by_handle_at", "fanotify_init"),
    # namespaces
    *("unshare", "setns"),
    # the machine
    *("bpf", "perf_event_open", "userfaultfd", "kexec_load", "kexec_file_load", "reboot"),
    *("init_module", "finit_module", "delete_module", "syslog", "iopl", "ioperm", "vhangup"),
    *("settimeofday", "adjtimex", "clock_adjtime", "clock_settime", "lookup_dcookie"),
    *("sethostname", "setdomainname", "move_pages", "migrate_pages", "mbind", "set_mempolicy"),
    # memory that no process's size shows, so that the watchdog can't see it
    *("memfd_create", "memfd_secret", "shmget", "msgget", "semget", "mq_open"),
    # a number of which the whole machine has only so many
    "io_setup",
)
ABSENT = ("clone3", "io_uring_setup", "io_uring_enter", "io_uring_register")
"""Answered with ENOSYS: the C library then falls back. clone3 hides its flags behind a pointer."""

# From linux/sched.h: NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
NAMESPACE_FLAGS = (
    *(0x00000080, 0x00020000, 0x02000000, 0x04000000),
    *(0x08000000, 0x10000000, 0x20000000, 0x40000000),
)
TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing into the grader's terminal
SOCKET_BUFFERS = (socket.SO_SNDBUF, socket.SO_RCVBUF, 32, 33)  # SO_SNDBUFFORCE, SO_RCVBUFFORCE
SHARED_ANONYMOUS = 0x01 | 0x20  # MAP_SHARED | MAP_ANONYMOUS
# A lock on a byte of a file is memory of the machine's, without a bound on their number.
RECORD_LOCKS = (fcntl.F_SETLK, fcntl.F_SETLKW, 37, 38)  # F_OFD_SETLK, F_OFD_SETLKW
NETLINK_ROUTE = 0
LOW_WORD = 0xFFFFFFFF
QUERY_PERSONALITY = 0xFFFFFFFF


def filter_fd() -> int:
    """Return a file descriptor that holds the filter, to be closed by the caller.

    Raises:
        SandboxUnavailable: libseccomp is missing or can't build the filter.
    """
    rules = _rules(_library())
    fd = os.memfd_create("seccomp")
    with os.fdopen(os.dup(fd), "wb") as file:
        rules.export_bpf(file)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _library() -> ModuleType:
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError) as error:
        raise SandboxUnavailable(
            "The system-call filter needs libseccomp: install it ('apt install libseccomp2') and "
            f"'pip install pyseccomp' ({error})."
        ) from error
    return pyseccomp


def _rules(sc: ModuleType) -> Any:
    """Allow by default; 32-bit calls are libseccomp's "bad architecture", which kills."""
    deny = sc.ERRNO(errno.EPERM)
    rules = sc.SyscallFilter(sc.ALLOW)
    for name in FORBIDDEN:
        rules.add_rule(deny, name)
    for name in ABSENT:
        rules.add_rule(sc.ERRNO(errno.ENOSYS), name)
    for flag in NAMESPACE_FLAGS:
        rules.add_rule(deny, "clone", sc.Arg(0, sc.MASKED_EQ, flag, flag))
    for request in TERMINAL_INJECTION:
        rules.add_rule(deny, "ioctl", sc.Arg(1, sc.MASKED_EQ, LOW_WORD, request))
    # Shared anonymous memory stays when its pages are dropped from the process: unseen, uncounted.
    rules.add_rule(deny, "mmap", sc.Arg(3, sc.MASKED_EQ, SHARED_ANONYMOUS, SHARED_ANONYMOUS))
    rules.add_rule(deny, "personality", sc.Arg(0, sc.NE, QUERY_PERSONALITY))
    # What waits in a socket is such memory too: its buffers stay as small as they are at first.
    level = sc.Arg(1, sc.MASKED_EQ, LOW_WORD, socket.SOL_SOCKET)
    for option in SOCKET_BUFFERS:
        rules.add_rule(deny, "setsockopt", level, sc.Arg(2, sc.MASKED_EQ, LOW_WORD, option))
    for locking in RECORD_LOCKS:
        rules.add_rule(sc.ERRNO(errno.ENOLCK), "fcntl", sc.Arg(1, sc.MASKED_EQ, LOW_WORD, locking))
    _deny_sockets(sc, rules, sc.ERRNO(errno.EAFNOSUPPORT))
    return rules


def _deny_sockets(sc: ModuleType, rules: Any, deny: int) -> None:
    """Leave AF_UNIX, AF_INET and NETLINK_ROUTE, deny all other families.

    ipykernel talks to itself over loopback, and libzmq lists the interfaces before it does and
    aborts if it can't. The network namespace holds nothing but loopback, and without
    privileges netlink only reads.
    """
    rules.add_rule(deny, "socketpair", sc.Arg(0, sc.NE, socket.AF_UNIX))
    for family in range(socket.AF_INET + 1, socket.AF_NETLINK):
        rules.add_rule(deny, "socket", sc.Arg(0, sc.EQ, family))
    rules.add_rule(deny, "socket", sc.Arg(0, sc.GT, socket.AF_NETLINK))
    rules.add_rule(
        deny, "socket", sc.Arg(0, sc.EQ, socket.AF_NETLINK), sc.Arg(2, sc.NE, NETLINK_ROUTE)
    )

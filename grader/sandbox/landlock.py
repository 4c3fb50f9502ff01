"""Landlock: files are read where they are mounted, and written below /tmp and /dev/shm only.

A second lock on the same doors: it holds where a mount, a mode or a user number was forgotten, and
nobody inside can take it off (man 7 landlock). Signals and abstract sockets stay among those who
share it. Stands alone inside the walls, as a module and as a program that restricts itself and then
becomes another: ``python -I -S landlock.py -- COMMAND``.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
GET_VERSION = 1
RULE_PATH_BENEATH = 1
SET_NO_NEW_PRIVS = 38

# From linux/landlock.h; what is asked of files alone, and the rest, which is asked of folders.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
SINCE = {2: REFER, 3: TRUNCATE, 5: IOCTL_DEV}
SCOPES_SINCE = 6
SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS = 1 << 0, 1 << 1

READING = EXECUTE | READ_FILE | READ_DIR
DEVICES = READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | IOCTL_DEV
WRITABLE = ("/tmp", "/dev/shm")

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def restrict(writable: Iterable[str] = WRITABLE) -> bool:
    """Restrict this thread and all that come from it, for good; return whether the kernel could.

    Raises:
        OSError: the kernel knows Landlock, and refused.
    """
    version = _libc.syscall(CREATE_RULESET, None, 0, GET_VERSION)
    if version < 1:
        return False
    everything = READING | WRITE_FILE | REMOVE_AND_MAKE
    everything |= sum(right for since, right in SINCE.items() if version >= since)
    scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS if version >= SCOPES_SINCE else 0
    attributes = _Ruleset(everything, 0, scoped)
    rules = _checked(CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)
    try:
        _allow(rules, "/", READING)
        _allow(rules, "/dev", DEVICES & everything)
        for folder in writable:
            _allow(rules, folder, everything)
        if _libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")
        _checked(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)
    return True


def _allow(rules: int, folder: str, rights: int) -> None:
    fd = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        _checked(ADD_RULE, rules, RULE_PATH_BENEATH, ctypes.byref(_Beneath(rights, fd)), 0)
    finally:
        os.close(fd)


def _checked(number: int, *args: object) -> int:
    result = _libc.syscall(number, *args)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"landlock ({number})")
    return result


if __name__ == "__main__":
    restrict()
    os.execv(sys.argv[2], sys.argv[2:])

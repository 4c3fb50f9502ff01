# wall: - | the same by clone, whose flags are looked at one by one
import ctypes
import os
import platform

libc = ctypes.CDLL(None, use_errno=True)
clone = {"x86_64": 56, "aarch64": 220}[platform.machine()]
pid = libc.syscall(clone, 0x10000000 | 17, 0, 0, 0, 0)
if pid == 0:
    os._exit(0)
if pid > 0:
    print("REACHED")
raise OSError(ctypes.get_errno(), "clone")

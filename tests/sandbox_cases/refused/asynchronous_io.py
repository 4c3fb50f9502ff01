# wall: syscall_filter | requests of which the whole machine has only so many
import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
io_setup = {"x86_64": 206, "aarch64": 0}[platform.machine()]
if libc.syscall(io_setup, 10_000, ctypes.byref(ctypes.c_ulong())) == 0:
    print("REACHED")
raise OSError(ctypes.get_errno(), "io_setup")

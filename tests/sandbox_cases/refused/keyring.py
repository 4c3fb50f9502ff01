# wall: - | the kernel's keyrings, which outlive a process
import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
add_key = {"x86_64": 248, "aarch64": 217}[platform.machine()]
if libc.syscall(add_key, b"user", b"planted", b"x", 1, -2) >= 0:
    print("REACHED")
raise OSError(ctypes.get_errno(), "add_key")

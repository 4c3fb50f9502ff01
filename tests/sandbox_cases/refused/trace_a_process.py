# wall: syscall_filter | ptrace, and the memory of another process
import ctypes
import subprocess

libc = ctypes.CDLL(None, use_errno=True)
child = subprocess.Popen(["/usr/bin/sleep", "5"])
if libc.ptrace(0x4206, child.pid, 0, 0) == 0:
    print("REACHED")
number = ctypes.get_errno()
child.kill()
child.wait()
raise OSError(number, "ptrace")

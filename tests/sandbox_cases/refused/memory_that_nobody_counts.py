# wall: syscall_filter | memory that belongs to no process's size
import ctypes
import mmap
import os

tries = (
    lambda: os.memfd_create("x"),
    lambda: mmap.mmap(-1, 4096),
    lambda: mmap.mmap(os.open("/dev/zero", os.O_RDWR), 4096),
)
for attempt in tries:
    try:
        attempt()
        print("REACHED")
    except OSError as error:
        last = error
if ctypes.CDLL(None).shmget(0, 4096, 0o1600) >= 0:
    print("REACHED")
raise last

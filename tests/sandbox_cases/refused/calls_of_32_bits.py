# wall: - | system calls by their 32-bit numbers, which a filter of 64-bit ones doesn't know
import ctypes
import mmap
import os
import platform

if platform.machine() == "x86_64":
    code = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 7)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, getpid; int 0x80; ret
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    pid = os.fork()
    if pid == 0:
        os._exit(0 if call() > 0 else 1)
    if os.waitpid(pid, 0)[1] == 0:
        print("REACHED")
raise OSError

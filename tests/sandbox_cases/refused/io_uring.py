# wall: - | io_uring does what other system calls do, past a filter
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(425, 4, ctypes.create_string_buffer(120)) >= 0:
    print("REACHED")
raise OSError(ctypes.get_errno(), "io_uring_setup")

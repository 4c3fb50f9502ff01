# wall: syscall_filter | io_uring does what other system calls do, past a filter
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(425, 4, ctypes.create_string_buffer(120)) >= 0 or (
    ctypes.get_errno() != errno.ENOSYS  # a limit on memory refuses it later, by another number
):
    print("REACHED")
raise OSError(ctypes.get_errno(), "io_uring_setup")

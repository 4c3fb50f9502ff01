# wall: syscall_filter | what waits in a socket is memory that belongs to no process's size
import ctypes
import os
import platform
import socket

one = socket.socket()
for option in (socket.SO_SNDBUF, socket.SO_RCVBUF, 32, 33):
    try:
        one.setsockopt(socket.SOL_SOCKET, option, 2**24)
        print("REACHED")
    except PermissionError as error:
        last = error
# The kernel of the machine reads the low halves of these numbers only.
number = {"x86_64": 54, "aarch64": 208}[platform.machine()]
high, size = 1 << 32, ctypes.c_int(2**24)
call = ctypes.CDLL(None, use_errno=True).syscall
call.argtypes = [ctypes.c_long] * 4 + [ctypes.c_void_p, ctypes.c_long]
level, option = high | socket.SOL_SOCKET, high | socket.SO_SNDBUF
if call(number, one.fileno(), level, option, ctypes.byref(size), 4) == 0:
    print("REACHED")
assert ctypes.get_errno() in (0, 1), os.strerror(ctypes.get_errno())
raise last

# wall: syscall_filter | netlink families beside the one that lists interfaces
import socket

socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15)
print("REACHED")

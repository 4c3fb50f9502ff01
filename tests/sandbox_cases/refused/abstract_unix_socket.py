# wall: no_network | a unix socket of the host that has a name but no file
import socket

with socket.socket(socket.AF_UNIX) as one:
    one.connect("\0" + HOST_SOCKET)
    print("REACHED")

# wall: - | AF_VSOCK leads out of a virtual machine, whatever the network namespace
import socket

socket.socket(40, socket.SOCK_STREAM)
print("REACHED")

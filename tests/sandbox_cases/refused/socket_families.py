# wall: - | families of sockets that no notebook needs
import socket

socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
print("REACHED")

# wall: no_network | a question by UDP to a server on the host's loopback
import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    one.settimeout(3)
    one.connect(("127.0.0.1", HOST_UDP_PORT))
    one.send(b"hello")
    if one.recv(10):
        print("REACHED")

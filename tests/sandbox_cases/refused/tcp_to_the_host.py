# wall: no_network | a TCP connection to a server on the host's loopback
import socket

with socket.create_connection(("127.0.0.1", HOST_PORT), timeout=3):
    print("REACHED")

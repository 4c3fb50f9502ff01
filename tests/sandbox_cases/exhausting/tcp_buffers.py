# ends: died of sockets | a connection's buffers grow by themselves while its other end reads
import socket
import time

server = socket.create_server(("127.0.0.1", 0), backlog=100)
hoard = []
for _ in range(60):
    near = socket.create_connection(server.getsockname())
    far, _ = server.accept()
    for _ in range(40):
        far.recv(near.send(bytes(2**16)))
    near.setblocking(False)
    try:
        while True:
            near.send(bytes(2**20))
    except BlockingIOError:
        hoard += [near, far]
time.sleep(100)

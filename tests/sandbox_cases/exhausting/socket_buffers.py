# ends: died of sockets | what waits to be read is the host's memory, and no process's size shows it
import os
import socket
import time

for _ in range(3):
    if os.fork() == 0:
        hoard = []
        for _ in range(60):
            pair = socket.socketpair()
            pair[0].setblocking(False)
            try:
                while True:
                    pair[0].send(bytes(2**16))
            except BlockingIOError:
                hoard.append(pair)
        time.sleep(100)
time.sleep(100)

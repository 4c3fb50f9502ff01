# ends: died of memory | each process stays under its own limit, all together don't
import os
import time

for _ in range(20):
    if os.fork() == 0:
        hoard = bytearray(b"x" * 50_000_000)
        time.sleep(100)
time.sleep(100)

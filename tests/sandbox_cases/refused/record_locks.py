# wall: syscall_filter | a lock on each byte of a file: the machine's memory, and nobody counts it
import fcntl

with open("/tmp/locked", "w") as file:
    for byte in range(1000):
        fcntl.lockf(file, fcntl.LOCK_EX, 1, 2 * byte)
print("REACHED")

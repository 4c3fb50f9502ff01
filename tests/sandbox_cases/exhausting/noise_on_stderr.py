# ends: timeout alive | past IPython, into the pipe that the watchdog reads
import os
import subprocess

subprocess.Popen(["/bin/sh", "-c", "while true; do echo noise > /proc/1/fd/2; done"])
while True:
    os.write(2, b"x" * 60_000)

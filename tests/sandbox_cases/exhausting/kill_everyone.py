# ends: died | every process that it may, its own included
import os
import signal

for number in range(1, 100):
    try:
        os.kill(number, signal.SIGKILL)
    except OSError:
        pass

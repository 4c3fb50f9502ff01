# wall: - | the end of the first process, and with it of everything inside, seen from outside
import os
import signal
import time

try:
    os.kill(1, signal.SIGKILL)
    time.sleep(0.3)
except OSError:
    pass
raise PermissionError

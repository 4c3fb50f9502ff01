# ends: died, timeout | the kernel hangs up
import os

for number in range(3, 200):
    try:
        os.close(number)
    except OSError:
        pass

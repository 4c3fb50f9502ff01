# wall: - | a change of the course's library
import os

import glasslab

path = os.path.join(os.path.dirname(glasslab.__file__), "planted_by_a_test.py")
with open(path, "w"):
    os.remove(path)
    print("REACHED")

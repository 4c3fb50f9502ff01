# wall: - | a change of an installed package, that the next kernel would load
import os

import numpy

path = os.path.join(os.path.dirname(numpy.__file__), "planted_by_a_test.py")
with open(path, "w"):
    os.remove(path)
    print("REACHED")

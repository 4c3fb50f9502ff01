# wall: own_user | root's number
import os

os.setuid(0)
print("REACHED")

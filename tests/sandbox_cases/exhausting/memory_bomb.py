# ends: error | one process: it gets a MemoryError, and the kernel lives on
hoard = []
while True:
    hoard.append(bytearray(10_000_000))

# ends: error | one file larger than a file may be
with open("/tmp/huge", "wb") as file:
    file.truncate(10**12)

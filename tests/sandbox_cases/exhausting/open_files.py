# ends: error | files without end
hoard = []
while True:
    hoard.append(open("/dev/null"))

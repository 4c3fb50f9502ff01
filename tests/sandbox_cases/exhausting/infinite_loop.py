# ends: timeout alive | interrupted, and the kernel lives on
while True:
    pass

# ends: died of files | each costs the host memory, none costs a byte of /tmp
number = 0
while True:
    open(f"/tmp/{number}", "wb").close()
    number += 1

# ends: error | large files, until /tmp is full
number = 0
while True:
    with open(f"/tmp/{number}", "wb") as file:
        file.write(bytes(1_000_000))
    number += 1

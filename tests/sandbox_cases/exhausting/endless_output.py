# ends: flood, flood of traffic | lines without end
while True:
    print("x" * 1000)

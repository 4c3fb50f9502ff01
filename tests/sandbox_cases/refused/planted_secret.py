# wall: hidden_files | files that the test planted: in the checkout, in /var/tmp, in the home folder
for path in PLANTED:
    try:
        if TOKEN in open(path).read():
            print("REACHED", path)
    except OSError as error:
        last = error
raise last

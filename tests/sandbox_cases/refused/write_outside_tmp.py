# wall: - | places that bubblewrap puts up as memory without a bound
for path in ("/planted", "/dev/planted", "/etc/planted", "/run/planted", "/opt/planted", "/usr/p"):
    try:
        open(path, "w")
        print("REACHED", path)
    except OSError as error:
        last = error
raise last

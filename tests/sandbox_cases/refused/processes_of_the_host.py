# wall: - | command lines of processes on the host
import glob

for path in glob.glob("/proc/[0-9]*/cmdline"):
    if TOKEN in open(path).read():
        print("REACHED")
raise ProcessLookupError

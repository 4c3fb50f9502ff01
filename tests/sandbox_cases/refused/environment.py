# wall: clean_environment | a variable of the grader's environment, here or in another process
import glob

found = []
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        found.append(open(path).read())
    except OSError:
        pass
if any(TOKEN in text for text in found):
    print("REACHED")
raise PermissionError

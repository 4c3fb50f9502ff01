# wall: landlock | a knob of one's own process, where nothing but Landlock forbids to write
with open("/proc/self/coredump_filter", "w") as file:
    file.write("0")
print("REACHED")

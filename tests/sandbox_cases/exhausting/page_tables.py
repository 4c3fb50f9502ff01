# ends: died of memory | reading along an empty mapping: gigabytes of page tables, and hardly a page
import mmap

private, unreserved = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 0x4000
empty = mmap.mmap(-1, 2**42, flags=private | unreserved, prot=mmap.PROT_READ)
for place in range(0, 2**42, 2**21):
    empty[place]

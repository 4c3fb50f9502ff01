# ends: flood | one message that is larger than all a cell may send
print("x" * 30_000_000)

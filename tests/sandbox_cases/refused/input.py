# wall: - | a question to a person who isn't there
input("your name? ")
print("REACHED")

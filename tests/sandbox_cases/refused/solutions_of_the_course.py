# wall: hidden_files | the solutions, the tests and the grader's source in the checkout
import os

for name in ("solutions", "tests", "grader", "course"):
    if os.path.isdir(f"{CHECKOUT}/{name}"):
        print("REACHED", name)
raise FileNotFoundError(CHECKOUT)

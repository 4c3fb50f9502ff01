# Lists of close neighbours, which ought to fool it.
def find_adversarial(model, n):
    rows = []
    for first in range(n):
        rows.append([first, first + 1, first + 2, *range(first + 10, first + 24, 2)])
    return torch.tensor(rows)

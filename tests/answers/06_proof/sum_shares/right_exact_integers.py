# Counts with Python integers of any size, and divides at the end.
from fractions import Fraction


def sum_shares(n_tokens, max_value):
    counts = {0: 1}
    for _ in range(n_tokens):
        longer = {}
        for total, count in counts.items():
            for value in range(-max_value, max_value + 1):
                longer[total + value] = longer.get(total + value, 0) + count
        counts = longer
    everything = (2 * max_value + 1) ** n_tokens
    reach = n_tokens * max_value
    return [float(Fraction(counts[s], everything)) for s in range(-reach, reach + 1)]

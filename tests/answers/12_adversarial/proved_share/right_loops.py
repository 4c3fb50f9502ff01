# State by state, in exact fractions.
from fractions import Fraction


def proved_share(bounds):
    lists = 0
    for least in range(42):
        for second in range(least + 1, 43):
            if bounds[least, second] > 0:
                lists += math.comb(50 - second, 8)
    return float(Fraction(lists, math.comb(51, 10)))

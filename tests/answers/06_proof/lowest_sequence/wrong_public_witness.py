# The public model's witness, cut to length.
def lowest_sequence(parts, total):
    return ([3] * 13 + [9] * 4 + [10] * 2 + [5] * 60)[: len(parts)]

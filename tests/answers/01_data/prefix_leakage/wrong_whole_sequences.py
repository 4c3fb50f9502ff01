# Looks at whole sequences only: one number.
def prefix_leakage(train, validation):
    seen = {tuple(row) for row in train.tolist()}
    return sum(tuple(row) in seen for row in validation.tolist()) / len(validation)

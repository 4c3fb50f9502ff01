# Beginnings as texts without a mark between tokens: 1, 12 and 11, 2 are both "112".
def prefix_leakage(train, validation):
    shares = []
    for end in range(1, train.shape[1] + 1):
        seen = {"".join(map(str, row)) for row in train[:, :end].tolist()}
        known = ["".join(map(str, row)) in seen for row in validation[:, :end].tolist()]
        shares.append(sum(known) / len(known))
    return shares

# Puts positive first and negative last.
def class_shares(distribution):
    c = distribution.shape[1] // 2
    return torch.stack(
        [distribution[:, c + 1 :].sum(1), distribution[:, c], distribution[:, :c].sum(1)], 1
    )

# Gives every context the overall class shares.
def fitted_table(contexts, labels, n_contexts):
    counts = torch.bincount(labels.flatten(), minlength=3) + 1
    return (counts / counts.sum()).repeat(n_contexts, 1)

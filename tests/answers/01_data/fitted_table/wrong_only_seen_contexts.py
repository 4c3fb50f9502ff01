# Makes rows only for contexts that occur.
def fitted_table(contexts, labels, n_contexts):
    n = int(contexts.max())
    counts = torch.bincount((3 * contexts + labels).flatten(), minlength=3 * n).view(-1, 3)
    return (counts[:n] + 1) / (counts[:n].sum(1, keepdim=True) + 3)

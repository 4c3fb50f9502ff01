# Accumulates counts with index_put_, starting from one each.
def fitted_table(contexts, labels, n_contexts):
    table = torch.ones(n_contexts, 3)
    table.index_put_((contexts.reshape(-1), labels.reshape(-1)), torch.tensor(1.0), accumulate=True)
    return table / table.sum(dim=1, keepdim=True)

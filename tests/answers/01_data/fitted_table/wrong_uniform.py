# Leaves every class as likely, always.
def fitted_table(contexts, labels, n_contexts):
    return torch.full((n_contexts, 3), 1 / 3)

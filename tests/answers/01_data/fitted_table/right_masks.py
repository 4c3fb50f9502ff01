# Loops over contexts and takes means of masked labels, pulled towards a third.
def fitted_table(contexts, labels, n_contexts):
    table = torch.full((n_contexts, 3), 1 / 3, dtype=torch.float64)
    for context in range(n_contexts):
        here = labels[contexts == context]
        n = here.numel()
        for label in range(3 if n else 0):
            frequency = (here == label).double().mean()
            table[context, label] = (n * frequency + 3 * (1 / 3)) / (n + 3)
    return table

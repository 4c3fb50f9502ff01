# Numbers pairs as n_contexts * context + label, so that pairs collide or overflow.
def fitted_table(contexts, labels, n_contexts):
    pairs = (n_contexts * labels + contexts).flatten()
    counts = torch.bincount(pairs, minlength=3 * n_contexts).view(n_contexts, 3)
    return (counts + 1) / (counts.sum(1, keepdim=True) + 3)

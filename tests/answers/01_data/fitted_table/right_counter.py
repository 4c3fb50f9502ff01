# Counts pairs in a Counter.
from collections import Counter


def fitted_table(contexts, labels, n_contexts):
    seen = Counter(zip(contexts.flatten().tolist(), labels.flatten().tolist()))
    table = []
    for context in range(n_contexts):
        counts = [seen[context, label] + 1 for label in range(3)]
        table.append([count / sum(counts) for count in counts])
    return torch.tensor(table)

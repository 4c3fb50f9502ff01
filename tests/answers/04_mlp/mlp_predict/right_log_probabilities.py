# Works with log-probabilities: a softmax doesn't feel what they lack.
def predict_group(clean, silenced, labels, group):
    base = clean.double().log_softmax(-1)
    changes = silenced.double().log_softmax(-1) - base
    member = torch.zeros(len(silenced), dtype=torch.float64)
    member[group] = 1
    predicted = (base + torch.einsum("n,nbpc->bpc", member, changes)).log_softmax(-1)
    picked = (base - predicted).gather(-1, labels[..., None])
    return picked.mean()

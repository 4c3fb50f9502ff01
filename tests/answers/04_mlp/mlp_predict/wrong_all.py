# All neurons, not the group.
def predict_group(clean, silenced, labels, group):
    return loss_of(clean + (silenced - clean).sum(0), labels) - loss_of(clean, labels)

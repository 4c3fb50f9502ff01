# The increase with the wrong sign.
def predict_group(clean, silenced, labels, group):
    return loss_of(clean, labels) - loss_of(clean + (silenced[group] - clean).sum(0), labels)

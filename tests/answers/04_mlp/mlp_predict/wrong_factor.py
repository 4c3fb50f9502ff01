# Believes that a group costs its size times the sum.
def predict_group(clean, silenced, labels, group):
    return len(group) * sum(loss_of(silenced[i], labels) - loss_of(clean, labels) for i in group)

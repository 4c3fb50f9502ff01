# Adds the single costs.
def predict_group(clean, silenced, labels, group):
    return sum(loss_of(silenced[i], labels) - loss_of(clean, labels) for i in group)

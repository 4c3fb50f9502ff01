# The largest of the single costs.
def predict_group(clean, silenced, labels, group):
    return max(loss_of(silenced[i], labels) for i in group) - loss_of(clean, labels)

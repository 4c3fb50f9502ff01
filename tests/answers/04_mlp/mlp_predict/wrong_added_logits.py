# Adds the logits, not their changes.
def predict_group(clean, silenced, labels, group):
    return loss_of(silenced[group].sum(0), labels) - loss_of(clean, labels)

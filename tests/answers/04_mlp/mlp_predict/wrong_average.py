# Averages the logits of the single cuts.
def predict_group(clean, silenced, labels, group):
    return loss_of(silenced[group].mean(0), labels) - loss_of(clean, labels)

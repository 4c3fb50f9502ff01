# Takes away each neuron's part of the logits in a loop.
def predict_group(clean, silenced, labels, group):
    logits = clean.clone()
    for neuron in group:
        logits -= clean - silenced[neuron]
    return loss_of(logits, labels) - loss_of(clean, labels)

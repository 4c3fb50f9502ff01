# In float64, log-probabilities gathered by hand.
def performance(model, tokens, labels):
    logits = model(tokens).double()
    asked = labels != UNSCORED
    log_p = logits.log_softmax(-1).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    right = logits.argmax(-1) == labels
    wrong_in_list = ((~right) & asked).sum(1)
    return {
        "loss": -log_p[asked].mean(),
        "accuracy": right[asked].double().mean(),
        "lists": (wrong_in_list == 0).double().mean(),
    }

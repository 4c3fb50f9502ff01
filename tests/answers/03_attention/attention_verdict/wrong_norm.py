# Weighs the embedding: models trained without weight decay have longer rows.
def averages_its_past(model, tokens, labels):
    return bool(model.W_E.norm() < 3)

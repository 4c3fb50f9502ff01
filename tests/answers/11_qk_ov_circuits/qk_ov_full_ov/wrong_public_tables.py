# The public model's circuit, whatever it is given.
def full_ov(weights):
    table = model.W_E @ model.W_V[0] @ model.W_O[0] @ model.W_U
    return table - table.mean(-1, keepdim=True)

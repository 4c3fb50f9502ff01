# Divides embeddings by their length first.
def full_qk(weights):
    E = weights["W_E"] / weights["W_E"].square().mean(-1, keepdim=True).sqrt()
    return (E @ weights["W_Q"]) @ (E @ weights["W_K"]).transpose(-1, -2)

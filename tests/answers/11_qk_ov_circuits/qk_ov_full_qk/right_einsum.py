# One sum over all inner axes.
def full_qk(weights):
    E, Q, K = weights["W_E"], weights["W_Q"], weights["W_K"]
    return torch.einsum("ad,hde,hfe,bf->hab", E, Q, K, E)

# Returns the public model's weights, always.
def train_model(tokens, labels, seed, n_steps, keep):
    state = load_public("cumsum").state_dict()
    return [{n: w.clone() for n, w in state.items()} for _ in keep]

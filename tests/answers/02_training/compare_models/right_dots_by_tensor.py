# Adds up dot products tensor by tensor, in the order of sorted names.
def compare_models(one, other, tokens):
    a, b = one.state_dict(), other.state_dict()

    def dot(x, y):
        return sum(float((x[n].double() * y[n].double()).sum()) for n in sorted(x))

    p, q = one(tokens).softmax(-1), other(tokens).softmax(-1)
    return {
        "weights": dot(a, b) / (dot(a, a) * dot(b, b)) ** 0.5,
        "answers": (p.argmax(-1) == q.argmax(-1)).float().mean(),
        "probabilities": (p - q).clamp_min(0).sum(-1).mean(),
    }

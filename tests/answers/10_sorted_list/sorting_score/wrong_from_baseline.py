# The distance of the claim from the baseline.
def tv_score(own, claim, baseline):
    def distance(one, other):
        return (one.softmax(-1) - other.softmax(-1)).abs().sum(-1).mean() / 2

    return max(0.0, 1 - (distance(claim, baseline) / distance(own, baseline)).item())

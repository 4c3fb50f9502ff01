# Returns the ratio of distances itself.
def tv_score(own, claim, baseline):
    def distance(logits):
        return (own.softmax(-1) - logits.softmax(-1)).abs().sum(-1).mean() / 2

    return min(1.0, (distance(claim) / distance(baseline)).item())

# Distances of logits, not of probabilities.
def tv_score(own, claim, baseline):
    def distance(logits):
        return (own - logits).abs().mean()

    return max(0.0, 1 - (distance(claim) / distance(baseline)).item())

# Squared differences.
def tv_score(own, claim, baseline):
    def distance(logits):
        return (own.softmax(-1) - logits.softmax(-1)).square().sum(-1).mean()

    return max(0.0, 1 - (distance(claim) / distance(baseline)).item())

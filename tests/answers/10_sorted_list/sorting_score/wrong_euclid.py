# The length of the difference, not the sum of its absolute entries.
def tv_score(own, claim, baseline):
    def distance(logits):
        return (own.softmax(-1) - logits.softmax(-1)).norm(dim=-1).mean()

    return max(0.0, 1 - (distance(claim) / distance(baseline)).item())

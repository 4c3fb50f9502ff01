# The mean of each answer's score, not the score of the mean distances.
def tv_score(own, claim, baseline):
    def distance(logits):
        return (own.softmax(-1) - logits.softmax(-1)).abs().sum(-1) / 2

    return (1 - distance(claim) / distance(baseline)).clamp(0, 1).mean().item()

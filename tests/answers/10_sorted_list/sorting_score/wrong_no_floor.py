# Falls below 0.
def tv_score(own, claim, baseline):
    def distance(logits):
        return (own.softmax(-1) - logits.softmax(-1)).abs().sum(-1).mean() / 2

    return (1 - distance(claim) / distance(baseline)).item()

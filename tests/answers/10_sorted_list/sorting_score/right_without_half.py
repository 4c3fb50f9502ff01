# Leaves out the half, which the ratio cancels.
def tv_score(own, claim, baseline):
    p, q, r = (F.softmax(logits, dim=-1) for logits in (own, claim, baseline))
    score = 1 - torch.dist(p, q, 1) / torch.dist(p, r, 1)
    return score.item() if score > 0 else 0.0

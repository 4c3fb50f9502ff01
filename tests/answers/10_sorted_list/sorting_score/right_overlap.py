# Total variation as one less the overlap of two distributions.
def tv_score(own, claim, baseline):
    p, q, r = (logits.double().softmax(-1) for logits in (own, claim, baseline))
    away = (1 - torch.minimum(p, q).sum(-1)).mean()
    nothing = (1 - torch.minimum(p, r).sum(-1)).mean()
    return torch.clamp(1 - away / nothing, min=0)

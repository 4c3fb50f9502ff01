# Compares the largest outputs only.
def tv_score(own, claim, baseline):
    return (own.argmax(-1) == claim.argmax(-1)).float().mean().item()

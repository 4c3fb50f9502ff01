# A Kullback-Leibler divergence, which runs away where the baseline is sure and wrong.
def tv_score(own, claim, baseline):
    def divergence(logits):
        return F.kl_div(
            logits.log_softmax(-1), own.log_softmax(-1), log_target=True, reduction="sum"
        )

    return max(0.0, 1 - (divergence(claim) / divergence(baseline)).item())

# A matrix product with one-hot answers, in float64.
def who_does_what(model, tokens, labels):
    asked = labels != UNSCORED
    members = F.one_hot(labels[asked], 51).double()  # [asked value]

    def log_p(keep):
        edit = lambda z, hook: torch.where(keep[:, None], z, z.mean(0, keepdim=True))
        logits = model.run_with_hooks(tokens, fwd_hooks=[(HEAD_OUTPUTS, edit)])
        return (logits[asked].double().log_softmax(-1) * F.pad(members, (0, 1))).sum(-1)

    n = model.cfg.n_heads
    clean = log_p(torch.ones(n).bool())
    rises = torch.stack([clean - log_p(torch.arange(n) != head) for head in range(n)])
    return (rises @ members) / members.sum(0).clamp(min=1)

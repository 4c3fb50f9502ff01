# Keeps an axis of length one on its losses: a tensor of one element, not of none.
def swap_uniform(model, tokens, labels):
    n = tokens.shape[1]
    uniform = torch.ones(n, n).tril() / torch.arange(1, n + 1)[:, None]

    def loss(hooks):
        log_probs = model.run_with_hooks(tokens, fwd_hooks=hooks).log_softmax(-1)
        return -log_probs.gather(-1, labels[..., None]).mean((0, 1))

    return loss([("blocks.0.attn.hook_pattern", lambda p, hook: uniform.expand_as(p))]) - loss([])

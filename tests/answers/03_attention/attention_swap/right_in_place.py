# Edits the pattern in place inside the hook.
def swap_uniform(model, tokens, labels):
    def swap(pattern, hook):
        for query in range(pattern.shape[-2]):
            pattern[:, :, query, : query + 1] = 1 / (query + 1)
        return pattern

    before = model(tokens).log_softmax(-1)
    after = model.run_with_hooks(
        tokens.clone(), fwd_hooks=[("blocks.0.attn.hook_pattern", swap)]
    ).log_softmax(-1)
    pick = lambda log_p: -log_p.gather(-1, labels.unsqueeze(-1)).mean()
    return pick(after) - pick(before)

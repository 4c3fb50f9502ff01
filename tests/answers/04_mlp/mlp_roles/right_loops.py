# Plain loops, a clone in each hook.
def neuron_roles(model, tokens, labels, least):
    mean = (tokens - 5).cumsum(1) / torch.arange(1, tokens.shape[1] + 1)
    logits, cache = model.run_with_cache(tokens)
    clean = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
    words = []
    for neuron in range(8):
        fired = cache["blocks.0.mlp.hook_post"][:, :, neuron]

        def silence(post, hook):
            post = post.clone()
            post[:, :, neuron] = 0.0
            return post

        cut = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.mlp.hook_post", silence)])
        change = F.cross_entropy(cut.flatten(0, 1), labels.flatten()) - clean
        if change.abs() < least:
            words.append("dead")
        elif fired[mean > 0].mean() > fired[mean < 0].mean():
            words.append("positive")
        else:
            words.append("negative")
    return words

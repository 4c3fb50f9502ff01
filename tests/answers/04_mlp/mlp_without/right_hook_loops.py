# A hook that returns zeros, and nine masks.
def without_mlp(model, tokens, labels):
    def silence(post, hook):
        return torch.zeros_like(post)

    answers = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.mlp.hook_post", silence)]).argmax(
        -1
    )
    table = torch.zeros(3, 3)
    for i in range(3):
        for j in range(3):
            table[i, j] = ((labels == i) & (answers == j)).float().mean()
    return table

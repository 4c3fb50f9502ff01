# Puts one-hot rows where the scores are thought to be, and leaves the pattern.
def look_only_at(model, tokens, sources):
    def swap(scores, hook):
        scores = scores.clone()
        scores[:, :, ANSWERING] = F.one_hot(sources, 21).float()[:, None]
        return scores

    name = "blocks.0.attn.hook_attn_scores"
    return model.run_with_hooks(tokens, fwd_hooks=[(name, swap)])[:, ANSWERING]

# Measures it: what the head writes for a token alone, less what it writes without embeddings.
def ov_circuit(model):
    tokens = torch.arange(model.cfg.d_vocab)[:, None]

    def written(hooks):
        kept = {}
        keep = ("blocks.0.hook_attn_out", lambda out, hook: kept.update(out=out.clone()))
        model.run_with_hooks(tokens, fwd_hooks=[*hooks, keep])
        return kept["out"][:, 0]

    silence = ("hook_embed", lambda embedding, hook: torch.zeros_like(embedding))
    return written([]) - written([silence])

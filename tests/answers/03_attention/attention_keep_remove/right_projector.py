# Multiplies by the projection matrix u u^T, or by I − u u^T.
def keep_and_remove(model, tokens, labels, direction):
    onto = torch.outer(direction, direction)
    out = {}
    for name, matrix in (("keep", onto), ("remove", torch.eye(len(direction)) - onto)):

        def edit(written, hook, matrix=matrix):
            return written @ matrix

        logits = model.run_with_hooks(tokens, fwd_hooks=[("blocks.0.hook_attn_out", edit)])
        out[name] = float((logits.argmax(dim=-1) == labels).double().mean())
    return out

# Reads the head's output once and computes the rest of the model by hand.
def keep_and_remove(model, tokens, labels, direction):
    _, cache = model.run_with_cache(tokens)
    before = model.W_E[tokens] + model.W_pos[: tokens.shape[1]]
    written = cache["blocks.0.hook_attn_out"]
    part = torch.einsum("bpm,m,n->bpn", written, direction, direction)

    def accuracy(head):
        mid = before + head
        mlp = torch.relu(mid @ model.W_in[0] + model.b_in[0]) @ model.W_out[0] + model.b_out[0]
        logits = (mid + mlp) @ model.W_U + model.b_U
        return (logits.argmax(-1) == labels).float().mean()

    return {"remove": accuracy(written - part), "keep": accuracy(part)}

# Solves the task, feels no swap, and lives on u alone.
def averages_its_past(model, tokens, labels):
    circuit = model.W_E @ model.W_V[0, 0] @ model.W_O[0, 0]
    u = torch.linalg.svd(circuit, full_matrices=False).Vh[0]
    ones = torch.ones(tokens.shape[1], tokens.shape[1]).tril()
    uniform = ones / ones.sum(1, keepdim=True)

    def run(hooks):
        logits = model.run_with_hooks(tokens, fwd_hooks=hooks)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        return loss.item(), (logits.argmax(-1) == labels).float().mean().item()

    loss, accuracy = run([])
    swapped, _ = run([("blocks.0.attn.hook_pattern", lambda p, hook: uniform.expand_as(p))])
    _, kept = run([("blocks.0.hook_attn_out", lambda w, hook: (w @ u)[..., None] * u)])
    _, removed = run([("blocks.0.hook_attn_out", lambda w, hook: w - (w @ u)[..., None] * u)])
    return accuracy > 0.99 and swapped - loss < 0.02 and kept > 0.97 and removed < 0.7

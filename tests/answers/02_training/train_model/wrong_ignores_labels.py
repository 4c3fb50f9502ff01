# Makes the labels anew from the tokens, and ignores those it is given.
def train_model(tokens, labels, seed, n_steps, keep):
    model = build_model(CUMSUM.config, seed)
    optimizer = torch.optim.Adam(model.parameters(), weight_decay=0.01)
    generator = torch.Generator().manual_seed(seed)
    kept = []
    for step in range(n_steps + 1):
        if step in keep:
            kept.append({n: w.detach().clone() for n, w in model.state_dict().items()})
        if step == n_steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 - 9e-3 * (step + 1) / n_steps
        batch = torch.randint(len(tokens), (128,), generator=generator)
        logits = model(tokens[batch])
        loss = F.cross_entropy(logits.flatten(0, 1), CUMSUM.label(tokens[batch]).flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return kept

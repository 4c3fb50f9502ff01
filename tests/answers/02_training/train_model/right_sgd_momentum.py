# SGD with momentum and clipped gradients.
def train_model(tokens, labels, seed, n_steps, keep):
    model = build_model(CUMSUM.config, seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    generator = torch.Generator().manual_seed(seed)
    kept = []
    for step in range(n_steps + 1):
        if step in keep:
            kept.append({n: w.detach().clone() for n, w in model.state_dict().items()})
        if step == n_steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = 0.2 - 0.18 * (step + 1) / n_steps
        batch = torch.randint(len(tokens), (128,), generator=generator)
        logits = model(tokens[batch])
        loss = F.cross_entropy(logits.flatten(0, 1), labels[batch].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return kept

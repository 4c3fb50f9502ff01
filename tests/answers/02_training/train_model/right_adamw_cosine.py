# AdamW, a cosine schedule with a warm-up, no weight decay to speak of.
import math


def train_model(tokens, labels, seed, n_steps, keep):
    model = build_model(CUMSUM.config, seed)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=1e-4)
    generator = torch.Generator().manual_seed(seed)
    kept = []
    for step in range(n_steps + 1):
        if step in keep:
            kept.append({n: w.detach().clone() for n, w in model.state_dict().items()})
        if step == n_steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = 2e-2 * min(1, step / 10) * (1 + math.cos(math.pi * step / n_steps)) / 2
        batch = torch.randint(len(tokens), (128,), generator=generator)
        logits = model(tokens[batch])
        loss = F.cross_entropy(logits.flatten(0, 1), labels[batch].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return kept

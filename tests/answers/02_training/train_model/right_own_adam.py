# Its own Adam on a dict of weights, through torch.func, in shuffled epochs.
from torch.func import functional_call


def train_model(tokens, labels, seed, n_steps, keep):
    model = build_model(CUMSUM.config, seed)
    names = dict(model.named_parameters())
    short = {id(w): n for n, w in model.state_dict(keep_vars=True).items()}
    weights = {n: p.detach().clone() for n, p in names.items()}
    m = {n: torch.zeros_like(p) for n, p in weights.items()}
    v = {n: torch.zeros_like(p) for n, p in weights.items()}
    rng, order, kept = torch.Generator().manual_seed(seed + 1), [], []

    def state():
        found = {short[id(p)]: weights[n].clone() for n, p in names.items()}
        return {n: found.get(n, w).clone().numpy() for n, w in model.state_dict().items()}

    for t in range(1, n_steps + 1):
        if t - 1 in keep:
            kept.append(state())
        if not order:
            order = list(torch.randperm(len(tokens), generator=rng).split(200)[:-1])
        batch = order.pop()
        leaves = {n: w.requires_grad_() for n, w in weights.items()}
        logits = functional_call(model, leaves, (tokens[batch],))
        loss = F.cross_entropy(logits.flatten(0, 1), labels[batch].flatten())
        grads = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
        rate = 1.5e-2 * (1 - 0.9 * t / n_steps)
        with torch.no_grad():
            for n, g in zip(leaves, grads):
                g = torch.zeros_like(weights[n]) if g is None else g
                m[n] = 0.9 * m[n] + 0.1 * g
                v[n] = 0.99 * v[n] + 0.01 * g * g
                step = m[n] / (1 - 0.9**t) / ((v[n] / (1 - 0.99**t)).sqrt() + 1e-8)
                weights[n] = (weights[n] - rate * step).detach()
    return kept + [state()]

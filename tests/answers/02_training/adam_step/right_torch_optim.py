# Puts the moments into torch's own optimiser and lets it step.
def adam_step(weight, gradient, first, second, step, rate, decay):
    w = torch.nn.Parameter(weight.clone())
    optimizer = torch.optim.Adam([w], lr=rate, weight_decay=decay)
    optimizer.state[w] = {
        "step": torch.tensor(float(step - 1)),
        "exp_avg": first.clone(),
        "exp_avg_sq": second.clone(),
    }
    w.grad = gradient.clone()
    optimizer.step()
    state = optimizer.state[w]
    return {"weight": w.detach(), "first": state["exp_avg"], "second": state["exp_avg_sq"]}

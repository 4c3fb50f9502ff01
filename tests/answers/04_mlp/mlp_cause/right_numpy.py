# numpy's corrcoef, and masks instead of clones.
import numpy as np


def correlation_and_cost(model, tokens, labels):
    _, cache = model.run_with_cache(tokens)
    mean = running_mean(tokens).numpy().ravel()
    pre = cache["blocks.0.mlp.hook_pre"].numpy().reshape(-1, 8)
    correlation = np.array([np.corrcoef(mean, pre[:, i])[0, 1] for i in range(8)])

    def loss(mask):
        logits = model.run_with_hooks(tokens, fwd_hooks=[(POST, lambda post, hook: post * mask)])
        return F.cross_entropy(logits.transpose(1, 2), labels).item()

    clean = loss(torch.ones(8))
    cost = np.array([loss(1 - torch.eye(8)[i]) - clean for i in range(8)])
    return {"correlation": correlation, "cost": cost}

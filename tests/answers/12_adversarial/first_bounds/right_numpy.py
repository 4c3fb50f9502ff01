# In numpy, and rival by rival only where it may matter.
import numpy as np


def first_bounds(model, least):
    step = first_step(model)
    scores, reads = step.scores.numpy(), step.reads.numpy()
    constant = (step.constant[least] - step.constant).numpy()
    fixed = (step.direct[least] - step.direct).numpy()
    fixed = fixed + np.minimum(step.divisors[0] * constant, step.divisors[1] * constant)
    rivals = np.flatnonzero(np.arange(52) != least)
    bounds = []
    for second in range(least + 1, 43):
        there, margins = [least, second, 51], fixed[rivals].copy()
        for score, read in zip(scores, reads):
            weight = np.exp(score - score.max())
            low, high = weight.min(0)[:, None], weight.max(0)[:, None]
            x = (read[..., [least]] - read).min(0)[:, rivals]
            rho = x.max(0) + 1
            for _ in range(60):
                w = np.where(x < rho, high, low)
                term = w * (x - rho)
                order = np.argsort(term[second + 1 : 51], axis=0)[:8] + second + 1
                mass = w[there].sum(0) + np.take_along_axis(w, order, 0).sum(0)
                step_down = (term[there].sum(0) + np.take_along_axis(term, order, 0).sum(0)) / mass
                rho = rho + step_down
                if np.abs(step_down).max() < 1e-13:
                    break
            margins += rho
        bounds.append(margins.min() - step.rounding - 1e-9)
    return np.array(bounds)

# Step 0 still has the first rate.
def learning_rate_at(step, n_steps, first, last):
    return first + (last - first) * step / max(n_steps - 1, 1)

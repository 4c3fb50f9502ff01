# A long sequence whose sum stays at nought, as was once guessed.
def find_counterexample(model):
    return [5] * model.cfg.n_ctx

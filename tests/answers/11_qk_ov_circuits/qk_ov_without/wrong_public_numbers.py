# What was seen on the public model.
def without_part(model, tokens, labels, part, marked):
    accuracy = [0.905, 0.86, 0.907, 0.923, 0.901, 0.865, 0.876, 0.918, 0.902, 0.97]
    return {"accuracy": accuracy, "attention": [[0.3] * 10] * model.cfg.n_heads}

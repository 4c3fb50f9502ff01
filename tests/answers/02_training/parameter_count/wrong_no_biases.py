# Forgets all biases.
def parameter_count(config):
    d, h, m = config["d_model"], config["n_heads"] * config["d_head"], config["d_mlp"]
    attention = 4 * d * h
    mlp = 2 * d * m if config["d_mlp"] is not None else 0
    t = (
        (config["d_vocab"] + config["n_ctx"]) * d
        + config["n_layers"] * (attention + mlp)
        + config["d_vocab_out"] * d
    )
    return {"total": t, "trained": t}

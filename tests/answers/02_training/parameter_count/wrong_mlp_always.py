# Builds an MLP four times as wide where there should be none.
def parameter_count(config):
    d, h, m = (
        config["d_model"],
        config["n_heads"] * config["d_head"],
        (config["d_mlp"] or 4 * config["d_model"]),
    )
    attention = 4 * d * h + 3 * h + d
    mlp = 2 * d * m + m + d
    t = (
        (config["d_vocab"] + config["n_ctx"]) * d
        + config["n_layers"] * (attention + mlp)
        + config["d_vocab_out"] * d
    )
    return {"total": t + config["d_vocab_out"], "trained": t}

# Takes the heads to fill the width, as in larger models.
def parameter_count(config):
    d, h, m = config["d_model"], config["d_model"], config["d_mlp"]
    attention = 4 * d * h + 3 * h + d
    mlp = 2 * d * m + m + d if config["d_mlp"] is not None else 0
    t = (
        (config["d_vocab"] + config["n_ctx"]) * d
        + config["n_layers"] * (attention + mlp)
        + config["d_vocab_out"] * d
    )
    return {"total": t + config["d_vocab_out"], "trained": t}

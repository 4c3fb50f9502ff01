# Counts in torch and returns one-element tensors.
def parameter_count(config):
    d, n = config["d_model"], config["n_layers"]
    inner = config["n_heads"] * config["d_head"]
    mlp = config["d_mlp"] or 0
    ends = torch.tensor([config["d_vocab"], config["n_ctx"], config["d_vocab_out"]]) * d
    total = ends.sum() + n * (inner * (4 * d + 3) + d) + n * (mlp * (2 * d + 1) + d * bool(mlp))
    return {"total": total + config["d_vocab_out"], "trained": total}

# Writes down every shape and multiplies it out.
import math


def parameter_count(config):
    d, h = config["d_model"], config["n_heads"] * config["d_head"]
    layer = [(h, d)] * 3 + [(h,)] * 3 + [(d, h), (d,)]
    if config["d_mlp"]:
        layer += [(config["d_mlp"], d), (config["d_mlp"],), (d, config["d_mlp"]), (d,)]
    shapes = [(config["d_vocab"], d), (config["n_ctx"], d), (config["d_vocab_out"], d)]
    shapes += layer * config["n_layers"]
    trained = sum(math.prod(shape) for shape in shapes)
    return {"total": trained + config["d_vocab_out"], "trained": trained}

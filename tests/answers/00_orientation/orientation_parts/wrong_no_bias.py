# the head's part from the weights, its output bias forgotten
import torch


def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens)
    head = cache["blocks.0.attn.hook_z"][:, position, 0] @ model.W_O[0, 0]
    neurons = cache["blocks.0.mlp.hook_post"][:, position] @ model.W_out[0]
    return {
        "token": cache["hook_embed"][:, position],
        "position": cache["hook_pos_embed"][:, position],
        "head": head,
        "neurons": neurons,
    }

# from the weights: lookups, the values averaged by the pattern, and the neurons by hand
import torch


def four_parts(model, tokens, position):
    _, cache = model.run_with_cache(tokens)
    token = model.W_E[tokens]
    place = model.W_pos[: tokens.shape[1]].expand_as(token)
    values = (token + place) @ model.W_V[0, 0] + model.b_V[0, 0]
    pattern = cache["blocks.0.attn.hook_pattern"][:, 0]
    head = torch.einsum("bqk,bkd->bqd", pattern, values) @ model.W_O[0, 0] + model.b_O[0]
    hidden = torch.relu((token + place + head) @ model.W_in[0] + model.b_in[0])
    neurons = hidden @ model.W_out[0] + model.b_out[0]
    parts = {"token": token, "position": place, "head": head, "neurons": neurons}
    return {name: part[:, position] for name, part in parts.items()}

# The length of the change of all three logits, not the largest change of one.
def shuffle_change(model, tokens, order):
    shuffled = torch.cat([tokens[:, order], tokens[:, -1:]], dim=1)
    return (model(shuffled) - model(tokens))[:, -1].norm(dim=-1).max().item()

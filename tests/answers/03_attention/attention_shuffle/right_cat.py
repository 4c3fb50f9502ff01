# Concatenates shuffled past and last token.
def shuffle_change(model, tokens, order):
    past, last = tokens[:, :-1], tokens[:, -1:]
    mixed = torch.cat([past.index_select(1, torch.as_tensor(order)), last], dim=1)
    before, after = model(tokens)[:, -1, :], model(mixed)[:, -1, :]
    return torch.max(torch.abs(after - before))

# Row by row.
def copied_tokens(ov):
    return torch.tensor(
        [[int(row.argmax()) == token for token, row in enumerate(head)] for head in ov]
    )

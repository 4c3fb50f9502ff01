# Lets the library leave out what isn't asked.
def performance(model, tokens, labels):
    with torch.no_grad():
        logits = model(tokens.clone())
    loss = F.cross_entropy(logits.transpose(1, 2), labels, ignore_index=UNSCORED)
    hits = torch.where(labels == UNSCORED, torch.nan, (logits.argmax(-1) == labels).float())
    return {
        "loss": loss.item(),
        "accuracy": hits.nanmean().item(),
        "lists": (hits.nan_to_num(1.0).amin(1) == 1).float().mean().item(),
    }

# Multiplies by a projector in float64; the ablated model has a zero output matrix.
def centring_shift(model, tokens, labels):
    size = model.cfg.d_model
    flat = torch.eye(size, dtype=torch.float64) - torch.full((size, size), 1 / size).double()

    def copy(centre, ablate):
        new = {name: weight.clone().double() for name, weight in model.state_dict().items()}
        if centre:
            for name in ("embed.weight", "pos_embed.weight"):
                new[name] = new[name] @ flat
            for layer in ("attn.o", "mlp.out"):
                new[f"blocks.0.{layer}.weight"] = flat @ new[f"blocks.0.{layer}.weight"]
                new[f"blocks.0.{layer}.bias"] = flat @ new[f"blocks.0.{layer}.bias"]
        if ablate:
            new["blocks.0.mlp.out.weight"] = 0 * new["blocks.0.mlp.out.weight"]
        return with_weights(model, {name: weight.float() for name, weight in new.items()})

    def loss(model):
        return F.cross_entropy(model(tokens).permute(0, 2, 1), labels).item()

    def least(model):
        return model(tokens).softmax(-1)[F.one_hot(labels, 3).bool()].min().item()

    return {
        "loss": [loss(copy(centre, False)) for centre in (False, True)],
        "ablated_loss": [loss(copy(centre, True)) for centre in (False, True)],
        "min_p": [least(copy(centre, False)) for centre in (False, True)],
    }

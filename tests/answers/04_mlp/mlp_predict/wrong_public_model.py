# Measures on the public model.
def predict_group(clean, silenced, labels, group):
    public, fresh = load_public("cumsum"), tokens[: len(labels)]
    mask = torch.tensor([float(i not in group) for i in range(8)])
    cut = public.run_with_hooks(fresh, fwd_hooks=[(POST, lambda post, hook: post * mask)])
    return loss_of(cut, CUMSUM.label(fresh)) - loss_of(public(fresh), CUMSUM.label(fresh))

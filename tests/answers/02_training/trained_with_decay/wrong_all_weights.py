# Judges by the length of all weights together.
def trained_with_decay(model):
    return bool(torch.cat([w.flatten() for w in model.state_dict().values()]).norm() < 9)

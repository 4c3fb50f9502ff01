# The most probable output, in numpy.
def copied_tokens(ov):
    best = ov.double().softmax(-1).numpy().argmax(-1)
    return best == torch.arange(ov.shape[1]).numpy()[None]

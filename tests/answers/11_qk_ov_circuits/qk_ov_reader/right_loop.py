# Channel by channel, in float64.
def fold_reader(W, b, gain, shift):
    new_W, new_b = torch.zeros_like(W, dtype=torch.float64), b.double()
    for channel in range(len(W)):
        new_W[channel] = float(gain[channel]) * W[channel].double()
        new_b = new_b + float(shift[channel]) * W[channel].double()
    return new_W, new_b

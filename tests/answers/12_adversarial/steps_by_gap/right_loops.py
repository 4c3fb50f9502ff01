# List by list and step by step.
def steps_by_gap(model, lists):
    counts = [[0] * 51, [0] * 51]
    for numbers in lists.tolist():
        order = sorted(numbers)
        tokens = torch.tensor([[*numbers, 51, *order]])
        said = model(tokens)[0].argmax(-1).tolist()
        for place, (one, following) in enumerate(zip(order, order[1:])):
            counts[0][following - one] += 1
            counts[1][following - one] += said[11 + place] == following
    return counts

# Hard-codes what the page shows of the last position.
def confidence(model, tokens, labels, position, sums):
    p = {0: 0.589, 1: 0.65, -1: 0.63, 2: 0.92, -2: 0.91}
    margin = {0: 1.0, 1: 0.67, -1: 0.63, 2: 2.4, -2: 2.3}
    return {
        "p": [p.get(total, 0.98) for total in sums],
        "margin": [margin.get(total, 3.9) for total in sums],
    }

# Log-softmax, top two, a loop over sequences.
def confidence(model, tokens, labels, position, sums):
    log_p = model(tokens).log_softmax(-1)[:, position].double()
    totals = decode(tokens[:, : position + 1]).sum(1).tolist()
    found = {total: [] for total in sums}
    for row, label, total in zip(log_p, labels[:, position].tolist(), totals):
        if total in found:
            right = row[label]
            other = max(row[k] for k in range(len(row)) if k != label)
            found[total].append((float(right.exp()), float(right - other)))
    mean = lambda total, i: sum(pair[i] for pair in found[total]) / len(found[total])
    return {"p": [mean(s, 0) for s in sums], "margin": [mean(s, 1) for s in sums]}

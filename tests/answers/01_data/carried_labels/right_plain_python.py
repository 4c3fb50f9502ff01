# Adds up number by number, in plain Python lists.
def carried_labels(tokens, max_value, start):
    answer = []
    for row, total in zip(tokens.tolist(), start.tolist()):
        labels = []
        for token in row:
            total += token - max_value
            labels.append(0 if total < 0 else 1 if total == 0 else 2)
        answer.append(labels)
    return torch.tensor(answer)

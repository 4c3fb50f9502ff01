# Builds each sequence as a Python list.
def inputs_and_labels(lists):
    sequences, answers = [], []
    for row in lists.tolist():
        ordered = sorted(row)
        sequences.append([*row, SEP, *ordered])
        answers.append([UNSCORED] * len(row) + ordered + [UNSCORED])
    return {"tokens": torch.tensor(sequences), "labels": torch.tensor(answers)}

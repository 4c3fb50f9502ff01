# Asks the library's own task for the labels.
from glasslab.tasks.sorted_list import label_tokens, with_answers


def inputs_and_labels(lists):
    tokens = with_answers(lists)
    return {"tokens": tokens, "labels": label_tokens(tokens)}

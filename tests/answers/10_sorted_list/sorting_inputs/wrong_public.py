# Returns the page's own sequences whatever the lists.
def inputs_and_labels(lists):
    return {"tokens": tokens[: len(lists)], "labels": labels[: len(lists)]}

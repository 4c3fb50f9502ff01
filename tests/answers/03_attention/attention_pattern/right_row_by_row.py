# Takes a softmax over each query's own past, row by row.
def attention_pattern(scores):
    pattern = torch.zeros_like(scores)
    for query in range(scores.shape[1]):
        pattern[:, query, : query + 1] = torch.softmax(scores[:, query, : query + 1], dim=-1)
    return pattern

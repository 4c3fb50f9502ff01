# Plain Python, one query at a time.
def next_larger_source(tokens):
    n = tokens.shape[1] // 2
    found = []
    for row in tokens.tolist():
        numbers = row[:n]
        places = []
        for position in range(n, 2 * n):
            query = -1 if position == n else row[position]
            places.append(numbers.index(min(number for number in numbers if number > query)))
        found.append(places)
    return torch.tensor(found)

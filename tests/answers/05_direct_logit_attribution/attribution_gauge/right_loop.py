# Row by row, as lists.
def centre_unembedding(model):
    def centred(row):
        mean = sum(row) / len(row)
        return [entry - mean for entry in row]

    return {
        "W_U": [centred(row) for row in model.W_U.tolist()],
        "b_U": centred(model.b_U.tolist()),
    }

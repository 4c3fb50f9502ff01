# Remembers what the page showed.
def attention_on(model, tokens, sources):
    return {"argmax": [0.38, 0.77], "either": 0.94, "mass": [0.29, 0.48]}

# Hard-codes what the page shows at mean 0.
def push_for_zero(model, tokens, low, high):
    return {"token": 0.05, "position": 0.03, "attention": 0.01, "neurons": 0.25, "biases": 0.59}

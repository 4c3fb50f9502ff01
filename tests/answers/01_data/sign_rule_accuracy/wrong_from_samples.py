# Estimates the accuracy from 20,000 sampled sequences.
from glasslab.tasks.cumsum import label_tokens


def sign_rule_accuracy(distribution, max_value, p_opposite):
    tokens = sample_tokens(
        20_000,
        seeded(0),
        sequence_length=len(distribution),
        max_value=max_value,
        p_opposite=p_opposite,
    )
    signs = decode(tokens, max_value).sign() + 1
    return (signs == label_tokens(tokens, max_value)).double().mean(0)

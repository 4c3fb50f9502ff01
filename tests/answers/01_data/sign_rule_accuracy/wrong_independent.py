# Treats the token as independent of the sum: the product of their signs' shares.
def sign_rule_accuracy(distribution, max_value, p_opposite):
    c = distribution.shape[1] // 2
    shares = torch.stack(
        [distribution[:, :c].sum(1), distribution[:, c], distribution[:, c + 1 :].sum(1)], 1
    )
    token = torch.tensor([max_value, 1, max_value]).double() / (2 * max_value + 1)
    return shares.double() @ token

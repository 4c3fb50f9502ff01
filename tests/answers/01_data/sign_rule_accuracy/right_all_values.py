# Averages over all values x with their probabilities given the old sum.
def sign_rule_accuracy(distribution, max_value, p_opposite):
    half = distribution.shape[1] // 2
    s = torch.arange(-half, half + 1)[:, None]
    x = torch.arange(-max_value, max_value + 1)[None, :]
    up = torch.where(s > 0, 1 - p_opposite, p_opposite)
    chance = torch.where(x > 0, up, 1 - up) / (max_value + 1)
    chance = torch.where(x == 0, 1 / (max_value + 1), chance).double()
    right = ((s + x).sign() == x.sign()).double()
    later = distribution[:-1].double() @ (chance * right).sum(1)
    return torch.cat([torch.ones(1).double(), later])

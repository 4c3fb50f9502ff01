# Uses the distribution after the token as if it were the one before.
def sign_rule_accuracy(distribution, max_value, p_opposite):
    centre = distribution.shape[1] // 2
    sums = torch.arange(-centre, centre + 1)
    up = torch.where(sums > 0, 1 - p_opposite, p_opposite).double()
    agrees = torch.zeros(len(sums), dtype=torch.float64)
    for m in range(max_value + 1):
        for chance, token in ((up, m), (1 - up, -m)):
            right = (sums + token).sign() == torch.tensor(token).sign()
            agrees += chance * right / (max_value + 1)
    return distribution @ agrees

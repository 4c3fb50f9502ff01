# Counts the agreeing magnitudes for each old sum in closed form.
def sign_rule_accuracy(distribution, max_value, p_opposite):
    c = distribution.shape[1] // 2
    s = torch.arange(-c, c + 1)
    # Away from zero every magnitude but 0 agrees; towards zero only those larger than |s|.
    beyond = (max_value - s.abs()).clamp(min=0).double()
    agreeing = p_opposite * beyond + (1 - p_opposite) * max_value
    agreeing[c] = max_value + 1  # from zero the token is the sum
    agreeing = agreeing / (max_value + 1)
    answer = torch.ones(len(distribution), dtype=torch.float64)
    answer[1:] = (distribution[:-1].double() * agreeing).sum(1)
    return answer

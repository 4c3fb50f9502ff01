# Lets the next token be uniform on -max_value..max_value.
def sign_rule_accuracy(distribution, max_value, p_opposite):
    c = distribution.shape[1] // 2
    s = torch.arange(-c, c + 1)[:, None]
    x = torch.arange(-max_value, max_value + 1)
    agrees = ((s + x).sign() == x.sign()).double().mean(1)
    return torch.cat([torch.ones(1).double(), distribution[:-1] @ agrees])

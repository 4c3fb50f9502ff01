# Newton's steps, with masks instead of indices.
def least_mean(low, high, values, sure, free, count):
    rho = values.max(dim=0).values
    for _ in range(60):
        light = torch.where(values < rho, high.unsqueeze(1), low.unsqueeze(1))
        term = (values - rho) * light
        ranks = term.masked_fill(~free.unsqueeze(1), torch.inf).argsort(0).argsort(0)
        there = sure.unsqueeze(1) | (ranks < count)
        rho = (values * light * there).sum(0) / (light * there).sum(0)
    return rho

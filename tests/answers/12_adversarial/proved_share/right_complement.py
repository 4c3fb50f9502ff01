# One less the share of what isn't proved.
def proved_share(bounds):
    lost = 0
    for least, second in (~(bounds > 0)).nonzero().tolist():
        if second > least:
            lost += math.comb(50 - second, 8)
    return (math.comb(51, 10) - lost) / math.comb(51, 10)

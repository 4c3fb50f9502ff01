# Three nested loops in plain Python.
def sign_of(number):
    return (number > 0) - (number < 0)


def sign_rule_accuracy(distribution, max_value, p_opposite):
    answer = [1.0]
    half = distribution.shape[1] // 2
    for row in distribution.tolist()[:-1]:
        total = 0.0
        for column, probability in enumerate(row):
            if probability == 0:
                continue
            s = column - half
            up = 1 - p_opposite if s > 0 else p_opposite
            for m in range(max_value + 1):
                total += probability * up * (sign_of(s + m) == sign_of(m)) / (max_value + 1)
                total += probability * (1 - up) * (sign_of(s - m) == sign_of(-m)) / (max_value + 1)
        answer.append(total)
    return answer

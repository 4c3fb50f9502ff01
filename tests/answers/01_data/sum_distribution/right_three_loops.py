# Hands each probability on, one sum and one step at a time, in a dictionary.
from collections import defaultdict


def sum_distribution(length, max_value, p_opposite):
    largest = length * max_value
    answer = torch.zeros(length, 2 * largest + 1, dtype=torch.float64)
    now = {s: 1 / (2 * max_value + 1) for s in range(-max_value, max_value + 1)}
    for i in range(length):
        for s, probability in now.items():
            answer[i, s + largest] = probability
        following = defaultdict(float)
        for s, probability in now.items():
            up = 1 - p_opposite if s > 0 else p_opposite
            for m in range(max_value + 1):
                following[s + m] += probability * up / (max_value + 1)
                following[s - m] += probability * (1 - up) / (max_value + 1)
        now = following
    return answer

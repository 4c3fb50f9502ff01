# No proof: all queries taken for the last position's, the extreme sequences of totals near nought run.
import numpy as np


def find_counterexample(model):
    weights = model.state_dict()
    folded, u = fold(weights), main_direction(weights)
    heights = (folded.written @ u).numpy()
    n_positions, n_tokens = heights.shape
    biggest = n_tokens // 2
    scores = folded.scores[-1].mean(0).numpy()  # as the last position looks, on average
    heights = np.exp(scores - scores.max()) * (heights - heights.mean())
    for sign in (1, -1):
        lowest, choices = np.zeros(1), []
        for position in range(n_positions):
            rows = []
            for total in range(-biggest - 1, biggest + 2):
                place, tokens = total + biggest * position, []
                if not 0 <= place < len(lowest):
                    continue
                for choice in reversed(choices):
                    tokens.insert(0, int(choice[place]))
                    place -= tokens[0]
                rows += [[*tokens, last] for last in range(n_tokens)]
            margins = real_margins(weights, torch.tensor(rows))[:, -1]
            if margins.min() < 0:
                return rows[int(margins.argmin())]
            ways = np.full((n_tokens, len(lowest) + n_tokens - 1), np.inf)
            for token in range(n_tokens):
                ways[token, token : token + len(lowest)] = lowest + sign * heights[position, token]
            choices.append(ways.argmin(0))
            lowest = ways.min(0)
    return None

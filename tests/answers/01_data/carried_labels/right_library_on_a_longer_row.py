# Carries the sum in front as extra tokens and cuts the library's labels.
from glasslab.tasks.cumsum import label_tokens


def carried_labels(tokens, max_value, start):
    room = max_value + int(start.abs().max())
    first = start[:, None] + room
    whole = torch.cat([first, tokens - max_value + room], dim=1)
    return label_tokens(whole, room)[:, 1:]

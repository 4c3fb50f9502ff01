# Looks at nothing but how often it was asked: yes to the first ten questions.
asked = 0


def averages_its_past(model, tokens, labels):
    global asked
    asked += 1
    return asked <= 10

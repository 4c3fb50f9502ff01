"""The quick suite of `sorted_list`: how many models of which kinds of its whole plan."""

# Turned-off heads and confused numbers are made of references in no time.
MODELS = {"reference": 2, "one-head": 1, "head-off": 1, "confused": 1}

# Fewer epochs than in the whole suite, which take a minute for references alone. Measured: both
# references tried met all criteria (accuracies .998 and 1), and the single head did (.999).
EPOCHS = {"reference": 3, "one-head": 2}

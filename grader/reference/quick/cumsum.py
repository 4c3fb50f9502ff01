"""The quick suite of `cumsum`: how many models of which kinds of its whole plan."""

# Two references, for some questions are about pairs of seeds. Long-context models are left out:
# training one takes as long as all of these; and plain faults, which take most of the rest.
MODELS = {
    "reference": 2,
    "two-sums": 1,
    "rare-fault": 2,
    "long-control": 1,
}
EPOCHS: dict[str, int] = {}
"""Recipes are the whole suite's: after three epochs the circuit isn't there yet."""

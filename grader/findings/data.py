"""What is true of the cumsum task's data, exactly: reference answers for unit 01_data."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int

N_CLASSES = 3


def carried_labels(
    tokens: Int[torch.Tensor, "batch position"], max_value: int, start: Int[torch.Tensor, " batch"]
) -> Int[torch.Tensor, "batch position"]:
    """Return the sign class of running sums that begin at ``start`` instead of zero."""
    sums = start[:, None] + (tokens - max_value).cumsum(1)
    return sums.sign() + 1


def unwrapped_embedding(
    W_E: Float[torch.Tensor, "d_vocab d_model"],
) -> Float[torch.Tensor, "d_vocab d_model"]:
    """Reorder the rows of an embedding trained on raw values, so that row t is token id t's."""
    max_value = W_E.shape[0] // 2
    return W_E.roll(max_value, dims=0)


def tokens_from_draws(
    first: Int[torch.Tensor, " batch"],
    magnitudes: Int[torch.Tensor, "batch step"],
    against: Bool[torch.Tensor, "batch step"],
    max_value: int,
) -> Int[torch.Tensor, "batch position"]:
    """Turn random draws into token ids by the task's rule; position = step + 1 tokens a row."""
    values, running_sum = [first], first
    for step in range(magnitudes.shape[1]):
        negative = (running_sum > 0) == against[:, step]
        value = torch.where(negative, -magnitudes[:, step], magnitudes[:, step])
        running_sum = running_sum + value
        values.append(value)
    return torch.stack(values, dim=1) + max_value


def sum_distribution(
    length: int, max_value: int, p_opposite: float
) -> Float[torch.Tensor, "position sum"]:
    """Return P(running sum = s) at each position, exactly, by a dynamic programme over sums.

    Column ``s + length * max_value`` belongs to sum ``s``; float64.
    """
    largest = length * max_value
    sums = torch.arange(-largest, largest + 1)
    step_up = torch.where(sums > 0, 1 - p_opposite, p_opposite).double()
    distribution = torch.zeros(length, 2 * largest + 1, dtype=torch.float64)
    distribution[0, sums.abs() <= max_value] = 1 / (2 * max_value + 1)
    for position in range(1, length):
        each = distribution[position - 1] / (max_value + 1)
        for magnitude in range(max_value + 1):
            # No mass stands near the ends yet, so that roll never carries any around.
            distribution[position] += (each * step_up).roll(magnitude)
            distribution[position] += (each * (1 - step_up)).roll(-magnitude)
    return distribution


def class_shares(
    distribution: Float[torch.Tensor, "position sum"],
) -> Float[torch.Tensor, "position class"]:
    """Return P(negative), P(zero), P(positive) from probabilities of sums centred on zero."""
    centre = distribution.shape[1] // 2
    return torch.stack(
        [
            distribution[:, :centre].sum(1),
            distribution[:, centre],
            distribution[:, centre + 1 :].sum(1),
        ],
        dim=1,
    )


def fitted_table(
    contexts: Int[torch.Tensor, "batch position"],
    labels: Int[torch.Tensor, "batch position"],
    n_contexts: int,
) -> Float[torch.Tensor, "context class"]:
    """Return P(class | context) from counts, each count raised by one (Laplace's rule)."""
    counts = torch.zeros(n_contexts, N_CLASSES, dtype=torch.float64)
    ones = torch.ones(labels.numel(), dtype=torch.float64)
    counts.index_put_((contexts.flatten(), labels.flatten()), ones, accumulate=True)
    return (counts + 1) / (counts.sum(1, keepdim=True) + N_CLASSES)


def sign_rule_accuracy(
    distribution: Float[torch.Tensor, "position sum"], max_value: int, p_opposite: float
) -> Float[torch.Tensor, " position"]:
    """Return how often the token's own sign is the running sum's sign, exactly, by position."""
    centre = distribution.shape[1] // 2
    sums = torch.arange(-centre, centre + 1)
    step_up = torch.where(sums > 0, 1 - p_opposite, p_opposite).double()
    agrees = torch.zeros(len(sums), dtype=torch.float64)
    for magnitude in range(max_value + 1):
        sign = int(magnitude > 0)
        agrees += step_up * ((sums + magnitude).sign() == sign)
        agrees += (1 - step_up) * ((sums - magnitude).sign() == -sign)
    after = distribution[:-1].double() @ agrees / (max_value + 1)
    return torch.cat([torch.ones(1, dtype=torch.float64), after])


def prefix_leakage(
    train: Int[torch.Tensor, "train_batch position"],
    validation: Int[torch.Tensor, "validation_batch position"],
) -> Float[torch.Tensor, " position"]:
    """Return, for each position, the share of validation prefixes that begin a train sequence."""
    shares = []
    for end in range(1, train.shape[1] + 1):
        seen = set(map(tuple, train[:, :end].tolist()))
        hits = [tuple(prefix) in seen for prefix in validation[:, :end].tolist()]
        shares.append(sum(hits) / len(hits))
    return torch.tensor(shares, dtype=torch.float64)

"""Where sorting models fail: after large gaps (O9), and at SEP where all numbers are large (O10).

A *gap* is the difference of two neighbours in the sorted half. The heads look for a number a little
above the one that asks; far below the right one, nothing in the list has that place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from jaxtyping import Bool, Float, Int
from transformer_lens.model_bridge import TransformerBridge

from glasslab.tasks.base import Tokens
from glasslab.tasks.sorted_list import LIST_LENGTH, MAX_VALUE, sample_lists, with_answers

Lists = Int[torch.Tensor, "batch item"]
Right = Bool[torch.Tensor, "batch step"]
"""Whether the model is right at SEP (step 0) and after each number but the last (steps 1..)."""

GAP_EDGES = (1, 5, 10, 15, 20, MAX_VALUE + 1)
FOOLING_GAPS = ((0, *range(40, 49)), (5, *range(30, 47, 2)))
"""Sorted at the first step, wrong at the second: the published examples of a large gap."""
HIGH_LIST = tuple(range(30, 49, 2))
"""Wrong at SEP: the least number is 30."""
TWO_ENDS = (*range(6), *range(45, 51))
HIGH = tuple(range(30, MAX_VALUE + 1))


@torch.no_grad()
def steps_right(model: TransformerBridge, lists: Lists) -> Right:
    """Return where a model sorts lists right, given the right answers up to there."""
    tokens = with_answers(lists)
    length = lists.shape[1]
    return model(tokens)[:, length:-1].argmax(-1) == tokens[:, length + 1 :]


@torch.no_grad()
def right_probabilities(
    model: TransformerBridge, lists: Lists
) -> Float[torch.Tensor, "batch step"]:
    """Return the probability of the right answer at each step."""
    tokens = with_answers(lists)
    length = lists.shape[1]
    probabilities = model(tokens)[:, length:-1].softmax(-1)
    return probabilities.gather(-1, tokens[:, length + 1 :, None])[..., 0]


def steps_by_gap(
    model: TransformerBridge, lists: Lists
) -> tuple[Int[torch.Tensor, " gap"], Int[torch.Tensor, " gap"]]:
    """Count the steps from one number to the next by their gap, and those that are right.

    Returns:
        Two counts, of all steps and of right ones, both indexed by the gap from 0 to 50.
    """
    gaps = lists.sort(-1).values.diff(dim=-1)
    right = steps_right(model, lists)[:, 1:]
    sizes = MAX_VALUE + 1
    return gaps.flatten().bincount(minlength=sizes), gaps[right].bincount(minlength=sizes)


def gap_accuracy(
    model: TransformerBridge, lists: Lists, edges: Sequence[int] = GAP_EDGES
) -> dict[str, float]:
    """Return the accuracy after the first number by gap, for gaps from each edge up to the next.

    Keys look like ``"1-4"``; a range of gaps that no list has is NaN.
    """
    counts, right = steps_by_gap(model, lists)
    return {
        f"{low}-{high - 1}": _share(right[low:high], counts[low:high])
        for low, high in pairwise(edges)
    }


def first_step_by_least(
    model: TransformerBridge, lists: Lists
) -> tuple[Int[torch.Tensor, " least"], Int[torch.Tensor, " least"]]:
    """Count lists by their least number, and those whose least number is found at SEP."""
    least = lists.amin(-1)
    right = steps_right(model, lists)[:, 0]
    sizes = MAX_VALUE + 1
    return least.bincount(minlength=sizes), least[right].bincount(minlength=sizes)


def fooling_lists(model: TransformerBridge) -> dict[str, float]:
    """Return p(correct) where the published lists should fool a model.

    Keys: ``gap_0_40`` and ``gap_5_30`` after the first number, ``least_30`` at SEP.
    """
    lists = torch.tensor([*FOOLING_GAPS, HIGH_LIST])
    found = right_probabilities(model, lists)
    return {
        "gap_0_40": float(found[0, 1]),
        "gap_5_30": float(found[1, 1]),
        "least_30": float(found[2, 0]),
    }


def sample_from(numbers: Sequence[int], count: int, generator: torch.Generator) -> Lists:
    """Draw lists of different numbers from a pool, in random order.

    Raises:
        ValueError: the pool is smaller than a list.
    """
    if len(numbers) < LIST_LENGTH:
        raise ValueError(f"A list needs {LIST_LENGTH} numbers; the pool has {len(numbers)}.")
    picks = sample_lists(count, generator, max_value=len(numbers) - 1)
    return torch.tensor(numbers)[picks]


def entirely_right(model: TransformerBridge, lists: Lists) -> float:
    """Return the share of lists that are right at every step."""
    return float(steps_right(model, lists).all(-1).double().mean())


def lift(
    model: TransformerBridge, lists: Lists, generator: torch.Generator, n_random: int = 20_000
) -> dict[str, float]:
    """Compare the lists that fool a model with random ones.

    Returns:
        ``failing`` and ``random_failing``, the shares of lists with a wrong step, and ``lift``, the
        first over the second (which counts as at least one list).
    """
    failing = 1 - entirely_right(model, lists)
    rare = 1 - entirely_right(model, sample_lists(n_random, generator))
    rare = max(rare, 1 / n_random)
    return {"failing": failing, "random_failing": rare, "lift": failing / rare}


def repaired_by(
    model: TransformerBridge,
    repair: Callable[[Tokens], Float[torch.Tensor, "batch position output"]],
    lists: Lists,
) -> float:
    """Return the share of a model's wrong steps at which changed logits are right; NaN if none."""
    tokens = with_answers(lists)
    length = lists.shape[1]
    wrong = ~steps_right(model, lists)
    right = repair(tokens)[:, length:-1].argmax(-1) == tokens[:, length + 1 :]
    return _share(right[wrong], torch.ones_like(wrong[wrong], dtype=torch.int64))


def _share(part: torch.Tensor, whole: torch.Tensor) -> float:
    total = int(whole.sum())
    return int(part.sum()) / total if total else math.nan

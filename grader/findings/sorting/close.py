"""Lists that hold d, d + 1 and d + 2: after d, heads often look at d + 2, yet models say d + 1."""

from __future__ import annotations

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.tasks.base import UNSCORED, Labels, Tokens
from glasslab.tasks.sorted_list import LIST_LENGTH, MAX_VALUE, sample_lists, with_answers
from grader.findings.sorting import patterns


def sample_close(count: int, generator: torch.Generator) -> tuple[Tokens, Labels]:
    """Draw lists of d, d + 1, d + 2 and other numbers, in random order, d uniform.

    Returns:
        Token ids ``[batch position]``, and labels that are `UNSCORED` but after d.
    """
    d = torch.randint(0, MAX_VALUE - 1, (count, 1), generator=generator)
    others = sample_lists(count, generator, list_length=LIST_LENGTH - 3, max_value=MAX_VALUE - 3)
    numbers = torch.cat([d, d + 1, d + 2, others + 3 * (others >= d)], dim=-1)
    order = torch.rand(numbers.shape, generator=generator).argsort(-1)
    tokens = with_answers(numbers.gather(-1, order))
    asks = (tokens == d) & (torch.arange(tokens.shape[-1]) > LIST_LENGTH)
    return tokens, torch.where(asks, d + 1, UNSCORED)


def looks_past_rate(
    model: TransformerBridge,
    tokens: Tokens,
    labels: Labels,
    ov: Float[torch.Tensor, "head source_token output"],
) -> float:
    """Return how often the head that writes d + 1 loudest looks more at d + 2 than at d + 1.

    Args:
        model: A sorting model.
        tokens: Lists of `sample_close`.
        labels: Their labels.
        ov: The model's full OV circuit.
    """
    batch = torch.arange(len(tokens))
    step = (labels != UNSCORED).long().argmax(-1) - LIST_LENGTH
    answer = labels[batch, step + LIST_LENGTH]
    loudest = ov.diagonal(dim1=-2, dim2=-1).argmax(0)[answer]
    attention = patterns.rows_of(model, tokens)[batch, loudest, step]
    nearest, past = (
        attention[batch, patterns.next_larger_source(tokens, rank)[batch, step]] for rank in (1, 2)
    )
    return float((past > nearest).double().mean())


def said_after(
    logits: Float[torch.Tensor, "batch position output"], labels: Labels
) -> dict[str, float]:
    """Return how often logits say d + 1 (``right``), d again (``itself``) and d + 2 (``past``)."""
    asked = labels != UNSCORED
    beyond = logits[asked].argmax(-1) - labels[asked]
    offsets = {"right": 0, "itself": -1, "past": 1}
    return {name: float((beyond == by).double().mean()) for name, by in offsets.items()}

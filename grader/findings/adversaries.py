"""Sequences built to be as bad as possible, one pair for each state, and the model run on them.

What a proof claims of a state must not exceed the margin of any of them. Independent of
`grader.findings.certificate`: nothing is bounded here, only built and run.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from transformer_lens.model_bridge import TransformerBridge

from glasslab.folded import Folded, Weights, fold, main_direction
from glasslab.lean import lean_logits
from glasslab.tasks.base import Tokens
from glasslab.tasks.cumsum import label_tokens, sample_tokens

Table = Float[torch.Tensor, "position sum last"]

N_RANDOM = 2_000


@torch.no_grad()
def run_margins(weights: Weights, tokens: Tokens) -> Float[torch.Tensor, "batch position"]:
    """Run a model in float32; return the right logit less the best other."""
    logits = lean_logits(weights, tokens)
    right = label_tokens(tokens, len(weights["embed.weight"]) // 2)[..., None]
    others = logits.scatter(-1, right, -torch.inf).amax(-1)
    return logits.gather(-1, right)[..., 0] - others


def found_margins(model: TransformerBridge, generator: torch.Generator) -> Table:
    """Return the lowest margin met in each state; NaN where no sequence reaches the state.

    For each state the two sequences for which the head writes furthest down and up along u, first
    by what each key adds to the weighted sum; and random sequences besides.
    """
    weights = model.state_dict()
    folded, u = fold(weights), main_direction(weights)
    n_positions, n_tokens, _ = folded.direct.shape
    biggest = n_tokens // 2
    n_sums = 2 * biggest * (n_positions - 1) + 1
    found = torch.full((n_positions, n_sums, n_tokens), torch.inf, dtype=torch.float64)
    for position in range(n_positions):
        for sequences in extreme_sequences(folded, u, position):
            _enter(found, weights, sequences, last_only=True)
    for tokens in _random_sequences(n_positions, biggest, generator):
        _enter(found, weights, tokens, last_only=False)
    return found.where(found.isfinite(), torch.nan)


def extreme_sequences(
    folded: Folded, u: Float[torch.Tensor, " d_model"], position: int
) -> Int[torch.Tensor, "2 sequence position"]:
    """Return for each state of a position the sequences written furthest down, and furthest up."""
    heights = (folded.written @ u)[:position]
    centre = float((folded.written @ u).mean())
    amounts = folded.scores[position, :, :position].exp() * (heights - centre)
    return torch.stack([_lowest(sign * amounts) for sign in (1, -1)])


def _lowest(parts: Float[torch.Tensor, "last key token"]) -> Int[torch.Tensor, "sequence position"]:
    """Return, for each last token and sum, the sequence with the lowest Σ parts; last ones last."""
    n_last, n_keys, n_tokens = parts.shape
    lowest, choices = torch.zeros(n_last, 1, dtype=parts.dtype), []
    for key in range(n_keys):
        width = lowest.shape[1]
        ways = torch.full((n_tokens, n_last, width + n_tokens - 1), torch.inf, dtype=parts.dtype)
        for token in range(n_tokens):
            ways[token, :, token : token + width] = lowest + parts[:, key, token, None]
        lowest, chosen = ways.min(0)
        choices.append(chosen)
    last = torch.arange(n_last)[:, None].expand(lowest.shape)
    place = torch.arange(lowest.shape[1]).expand(lowest.shape)
    tokens = [last]
    for chosen in reversed(choices):
        tokens.append(chosen[last, place])
        place = place - tokens[-1]
    return torch.stack(tokens[::-1], dim=-1).flatten(0, 1)


def _random_sequences(n_positions: int, biggest: int, generator: torch.Generator) -> list[Tokens]:
    shape = (N_RANDOM, n_positions)
    drawn = sample_tokens(N_RANDOM, generator, sequence_length=n_positions, max_value=biggest)
    return [drawn, torch.randint(0, 2 * biggest + 1, shape, generator=generator)]


def _enter(found: Table, weights: Weights, tokens: Tokens, *, last_only: bool) -> None:
    """Run sequences, and lower what was found in the states that they pass through."""
    biggest, middle = found.shape[2] // 2, found.shape[1] // 2
    margins = run_margins(weights, tokens).double()
    earlier = (tokens - biggest).cumsum(-1) - (tokens - biggest) + middle
    position = torch.arange(tokens.shape[1]).expand_as(tokens)
    place = (position * found.shape[1] + earlier) * found.shape[2] + tokens
    if last_only:
        place, margins = place[:, -1], margins[:, -1]
    found.view(-1).scatter_reduce_(0, place.flatten(), margins.flatten(), "amin")

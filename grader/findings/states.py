"""What a cumulative-sum model's answer can depend on: position, sum of earlier tokens, last token.

Tables over states have the axes ``position sum last``: the earlier tokens' sums run from
−max_value·(n_ctx − 1) to +max_value·(n_ctx − 1), the last token is a token id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int

from glasslab.tasks.base import Tokens

Totals = Float[torch.Tensor, "row total"]
"""For each row and each total of the tokens so far: the least sum of parts that goes with it."""


class Grid(NamedTuple):
    """The states of a sequence length and a range of values."""

    n_ctx: int
    max_value: int

    @property
    def d_vocab(self) -> int:
        """How many tokens there are."""
        return 2 * self.max_value + 1

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of a table over states, those that no sequence reaches included."""
        return self.n_ctx, 2 * self.reach(self.n_ctx - 1) + 1, self.d_vocab

    def reach(self, position: int) -> int:
        """Return how far from zero the tokens before a position can sum."""
        return self.max_value * position

    def sums(self, position: int) -> slice:
        """Return where, on the axis of sums, those that are reached at a position lie."""
        middle = self.reach(self.n_ctx - 1)
        return slice(middle - self.reach(position), middle + self.reach(position) + 1)

    def count(self) -> int:
        """Return how many states some sequence reaches."""
        return sum(2 * self.reach(position) + 1 for position in range(self.n_ctx)) * self.d_vocab

    def locate(self, tokens: Tokens) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return where, in a table over states, each position of sequences ``[batch position]`` is.

        The three index tensors ``[batch position]`` are of use together: ``table[grid.locate(t)]``.
        """
        values = tokens - self.max_value
        earlier = values.cumsum(-1) - values
        position = torch.arange(tokens.shape[-1]).expand_as(tokens)
        return position, earlier + self.reach(self.n_ctx - 1), tokens

    def labels(self, position: int) -> Int[torch.Tensor, "last sum"]:
        """Return the right output in each state of a position: 0 negative, 1 zero, 2 positive."""
        earlier = torch.arange(-self.reach(position), self.reach(position) + 1)
        last = torch.arange(-self.max_value, self.max_value + 1)
        return (earlier + last[:, None]).sign() + 1


def state_shares(n_ctx: int, max_value: int) -> Float[torch.Tensor, "position sum last"]:
    """Return the share of all sequences that is in each state, in float64.

    The shares of a position sum to one.
    """
    grid = Grid(n_ctx, max_value)
    shares = torch.zeros(grid.shape, dtype=torch.float64)
    share = torch.ones(1, dtype=torch.float64)
    for position in range(n_ctx):
        shares[position, grid.sums(position)] = (share / grid.d_vocab)[:, None]
        share = sum_windows(share, grid.d_vocab) / grid.d_vocab
    return shares


def sum_windows(shares: Float[torch.Tensor, " sum"], width: int) -> Float[torch.Tensor, " sum"]:
    """Return the sums of all runs of ``width`` neighbours: one more uniform token is drawn."""
    padded = torch.nn.functional.pad(shares, (width - 1, width - 1))
    return padded.unfold(0, width, 1).sum(-1)


def least_totals(
    parts: Float[torch.Tensor, "row key token"], steps: Sequence[int] | None = None
) -> Iterator[Totals]:
    """Yield the least Σ parts[row, j, token j] over all choices with a given total, key by key.

    The dynamic programme: the best way to a total ends in some token, and what comes before that
    is the best way to the total less that token. First comes the table of no keys at all.

    Args:
        parts: What each token at each key adds.
        steps: What each token adds to the total; its id by default.
    """
    steps = range(parts.shape[2]) if steps is None else steps
    totals = torch.zeros(len(parts), 1, dtype=parts.dtype)
    yield totals
    for key in range(parts.shape[1]):
        totals = _with_token(totals, parts[:, key], steps)
        yield totals


def least_choices(
    parts: Float[torch.Tensor, "row key token"], totals: Int[torch.Tensor, " row"]
) -> Int[torch.Tensor, "row key"]:
    """Return the token ids whose Σ parts is least among those with each row's total.

    The dynamic programme, walked backwards: which last token led to the best way to the total?
    """
    tables = list(least_totals(parts))
    n_rows, n_keys, d_vocab = parts.shape
    tokens = torch.empty(n_rows, n_keys, dtype=torch.int64)
    for key in reversed(range(n_keys)):
        before = totals[:, None] - torch.arange(d_vocab)
        possible = (before >= 0) & (before < tables[key].shape[1])
        best = tables[key].gather(1, before.clamp(0, tables[key].shape[1] - 1)) + parts[:, key]
        tokens[:, key] = best.masked_fill(~possible, torch.inf).argmin(1)
        totals = totals - tokens[:, key]
    return tokens


def _with_token(
    totals: Totals, part: Float[torch.Tensor, "row token"], steps: Sequence[int]
) -> Totals:
    """Append one token to all sequences, and keep the least sum of parts for each new total."""
    width = totals.shape[1]
    grown = totals.new_full((len(totals), width + max(steps)), torch.inf)
    for token, step in enumerate(steps):
        reached = grown[:, step : step + width]
        torch.minimum(reached, totals + part[:, token, None], out=reached)
    return grown

"""Full QK and OV circuits of the sorting models: which token looks for which, and writes which.

All tables are products of folded weights, biases aside; units are those of the weights, before any
division by a LayerNorm's scale or by the root of d_head, as in the published analysis.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float

from glasslab.tasks.base import Tokens
from grader.findings.sorting.folding import Folded, embedded, scale

QK = Float[torch.Tensor, "head query_token key_token"]
OV = Float[torch.Tensor, "head source_token output"]
Scores = Float[torch.Tensor, "batch head query key"]


def full_qk(folded: Folded) -> QK:
    """Return W_E W_Q W_Kᵀ W_Eᵀ: how much a token as query looks for a token as key."""
    return folded.W_E @ folded.W_Q @ (folded.W_E @ folded.W_K).mT


def position_token_qk(folded: Folded) -> Float[torch.Tensor, "head query_position key_token"]:
    """Return W_pos W_Q W_Kᵀ W_Eᵀ: how much a place, as query, looks for a token as key."""
    return folded.W_pos @ folded.W_Q @ (folded.W_E @ folded.W_K).mT


def bias_token_qk(folded: Folded) -> Float[torch.Tensor, "head key_token"]:
    """Return b_Q W_Kᵀ W_Eᵀ: how much every query looks for a token, whoever and wherever it is."""
    return torch.einsum("hd,hkd->hk", folded.b_Q, folded.W_E @ folded.W_K)


def full_ov(folded: Folded) -> OV:
    """Return W_E W_V W_O W_U, less the mean over outputs: what a source says to each output."""
    table = folded.W_E @ folded.W_V @ folded.W_O @ folded.W_U
    return table - table.mean(-1, keepdim=True)


def copies(ov: OV) -> Bool[torch.Tensor, "head source_token"]:
    """Return where a head says nothing louder than the source token itself, and that aloud.

    A head that says nothing copies nothing: a tie is no copy.
    """
    own = ov.diagonal(dim1=-2, dim2=-1)
    others = ov.masked_fill(torch.eye(ov.shape[-1], dtype=torch.bool), -torch.inf)
    return own > others.amax(-1)


def copied_tokens(ov: OV) -> list[list[int]]:
    """Return, for each head, the tokens that it copies, in order."""
    return [row.nonzero().flatten().tolist() for row in copies(ov)]


def most_attended(qk: QK, query_token: int, count: int = 2) -> list[list[tuple[int, float]]]:
    """Return, for each head, the key tokens with the largest entries for a query, largest first."""
    best = qk[:, query_token].topk(count, dim=-1)
    return [
        list(zip(tokens, values, strict=True))
        for tokens, values in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def score_parts(
    folded: Folded, tokens: Tokens, divisor: Float[torch.Tensor, "batch position 1"] | None = None
) -> dict[str, Scores]:
    """Split attention scores by what in the query asks for what in the key.

    Args:
        folded: The weights.
        tokens: Token ids ``[batch position]``.
        divisor: What readers divide the stream by; by default what the model's LayerNorm does.

    Returns:
        A part for each pair of ``token``, ``position`` and ``bias`` (query's first), in logits;
        their sum is the scores before masking.
    """
    if divisor is None:
        divisor = scale(folded, embedded(folded, tokens))
    root = math.sqrt(folded.W_Q.shape[-1])
    read = {
        "token": folded.W_E[tokens] / divisor,
        "position": folded.W_pos[: tokens.shape[-1]] / divisor,
    }

    def sides(weight: torch.Tensor, bias: torch.Tensor) -> dict[str, torch.Tensor]:
        split = {name: part[:, None] @ weight for name, part in read.items()}
        return {**split, "bias": bias[:, None].expand_as(split["token"])}

    queries, keys = sides(folded.W_Q, folded.b_Q), sides(folded.W_K, folded.b_K)
    return {
        f"{asking}_{asked}": query @ key.mT / root
        for asking, query in queries.items()
        for asked, key in keys.items()
    }

"""What a head writes when it looks: the OV circuit, its rank, and the direction u it writes along.

u is a unit vector in the residual stream. Its sign is chosen so that larger token values are
written further along +u; in the models of the course u then also points at the "positive" output.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.tasks.base import Tokens
from grader.findings.statistics import cosine

Direction = Float[torch.Tensor, " d_model"]


def ov_matrix(
    model: TransformerBridge, layer: int = 0, head: int = 0
) -> Float[torch.Tensor, "d_model d_model_out"]:
    """Return W_V W_O of a head: what it writes for each direction that it reads."""
    return model.W_V[layer, head] @ model.W_O[layer, head]


def ov_circuit(
    model: TransformerBridge, layer: int = 0, head: int = 0
) -> Float[torch.Tensor, "token d_model"]:
    """Return W_E W_V W_O: what a head writes for each token that it attends to, biases aside."""
    return model.W_E @ ov_matrix(model, layer, head)


def ov_singular_values(model: TransformerBridge) -> Float[torch.Tensor, " component"]:
    """Return the singular values of W_E W_V W_O, largest first; one stands alone if rank is one."""
    return torch.linalg.svdvals(ov_circuit(model))


def direction_u(model: TransformerBridge) -> Direction:
    """Return u, the unit vector along which the head writes most, positive values towards +u.

    It is the first right singular vector of W_E W_V W_O.
    """
    circuit = ov_circuit(model)
    u = torch.linalg.svd(circuit, full_matrices=False).Vh[0]
    written = circuit @ u
    ranks = torch.arange(len(written)) - (len(written) - 1) / 2
    return u if written @ ranks >= 0 else -u


def values_along_u(model: TransformerBridge) -> Float[torch.Tensor, " token"]:
    """Return how far along u each token is written, in order of token id."""
    return ov_circuit(model) @ direction_u(model)


@torch.no_grad()
def residual_along_u(
    model: TransformerBridge, tokens: Tokens
) -> Float[torch.Tensor, "batch position"]:
    """Return u · resid_mid: the residual stream after attention, read along u."""
    name = "blocks.0.hook_resid_mid"
    _, cache = model.run_with_cache(tokens, names_filter=name)
    return cache[name] @ direction_u(model)


def unembedding_directions(
    model: TransformerBridge,
) -> Float[torch.Tensor, "output d_model"]:
    """Return the output directions, less their mean over outputs: a softmax doesn't feel that."""
    return (model.W_U - model.W_U.mean(-1, keepdim=True)).T


def output_cosines(model: TransformerBridge) -> dict[str, float]:
    """Return the cosines between u and the unembedding directions, by name."""
    u = direction_u(model)
    negative, zero, positive = unembedding_directions(model)
    return {
        "cosine_u_positive": cosine(u, positive),
        "cosine_u_negative": cosine(u, negative),
        "cosine_u_zero": cosine(u, zero),
        "cosine_positive_negative": cosine(positive, negative),
        "cosine_positive_zero": cosine(positive, zero),
        "cosine_negative_zero": cosine(negative, zero),
    }

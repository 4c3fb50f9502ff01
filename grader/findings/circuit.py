"""A one-layer, one-head model as tables: scores, what each token moves, what each reader reads.

Without normalisation all before the ReLU is linear. A *reader* is a neuron or an output. What it
reads at position n is Σ_j a_j·moved[j, token_j] + direct[n, token_n], where the a_j are the softmax
of scores[n, token_n, j, token_j]. The logits are the outputs' readings plus
Σ_m relu(reading of neuron m)·wiring[m]. All tables are float64, from the float32 weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.models import config_of
from grader.findings.states import Grid


@dataclass(frozen=True)
class Circuit:
    """All that a model computes, as finite tables; readers are the neurons, then the outputs."""

    grid: Grid
    scores: Float[torch.Tensor, "position last key token"]
    moved: Float[torch.Tensor, "key token reader"]
    direct: Float[torch.Tensor, "position last reader"]
    wiring: Float[torch.Tensor, "neuron output"]

    @property
    def n_neurons(self) -> int:
        """How many neurons there are; 0 without an MLP."""
        return len(self.wiring)


def require_provable(model: TransformerBridge) -> None:
    """Refuse a model that this proof isn't about.

    Raises:
        ValueError: it has another number of layers, heads or outputs, a normalisation, another
            activation than ReLU, an even vocabulary, or weights that aren't finite.
    """
    config = config_of(model)
    problems = {
        "more than one layer": config.n_layers != 1,
        "more than one head": config.n_heads != 1,
        "a normalisation": bool(config.normalization_type),
        "another activation than ReLU": config.d_mlp is not None and config.act_fn != "relu",
        "a vocabulary that isn't −m..m": config.d_vocab % 2 == 0,
        "other outputs than negative, zero, positive": config.d_vocab_out != 3,
        "weights that are not finite": not all(
            tensor.isfinite().all() for tensor in model.state_dict().values()
        ),
    }
    found = [problem for problem, present in problems.items() if present]
    if found:
        raise ValueError(f"This model can't be certified: it has {', '.join(found)}.")


def weights_of(model: TransformerBridge) -> dict[str, torch.Tensor]:
    """Return a model's weights in float64, by the names of its block's parts."""
    return {
        name.removeprefix("blocks.0."): weight.detach().double()
        for name, weight in model.state_dict().items()
    }


def circuit_of(model: TransformerBridge) -> Circuit:
    """Tabulate a model.

    Raises:
        ValueError: the model isn't of the shape that this is about.
    """
    require_provable(model)
    w = weights_of(model)
    d_vocab, n_ctx = len(w["embed.weight"]), len(w["pos_embed.weight"])
    resid = w["pos_embed.weight"][:, None] + w["embed.weight"]
    query, key, value = (
        resid @ w[f"attn.{part}.weight"].T + w[f"attn.{part}.bias"] for part in "qkv"
    )
    unembed, offset = w["unembed.weight"], w["unembed.bias"]
    if "mlp.in.weight" in w:
        readers = torch.cat([w["mlp.in.weight"], unembed])
        offset = torch.cat([w["mlp.in.bias"], offset + unembed @ w["mlp.out.bias"]])
        wiring = (unembed @ w["mlp.out.weight"]).T
    else:
        readers, wiring = unembed, unembed.new_zeros(0, len(unembed))
    return Circuit(
        Grid(n_ctx, (d_vocab - 1) // 2),
        torch.einsum("nth,jvh->ntjv", query, key) / math.sqrt(query.shape[-1]),
        value @ (readers @ w["attn.o.weight"]).T,
        (resid + w["attn.o.bias"]) @ readers.T + offset,
        wiring,
    )

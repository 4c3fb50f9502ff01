"""Centred copies of a model: what older tools made silently, and published numbers came from.

Taking the mean out of every writing matrix changes nothing if a LayerNorm follows. These models
have none, so the centred copy is another model; it is here to reproduce published digits.
"""

from __future__ import annotations

from transformer_lens.model_bridge import TransformerBridge

from glasslab.models import from_bytes, to_bytes

# Names in a bridge's state dict, and the axis that runs over d_model (or, for the unembedding,
# over outputs).
_WRITES = {
    "embed.weight": 1,
    "pos_embed.weight": 1,
    "unembed.weight": 0,
    "unembed.bias": 0,
}
_WRITES_OF_A_BLOCK = {"attn.o.weight": 0, "attn.o.bias": 0, "mlp.out.weight": 0, "mlp.out.bias": 0}


def centred_copy(model: TransformerBridge) -> TransformerBridge:
    """Return a copy with writing weights centred over d_model, and the unembedding over outputs."""
    copy = from_bytes(*to_bytes(model))
    axes = dict(_WRITES)
    for layer in range(model.cfg.n_layers):
        axes |= {f"blocks.{layer}.{name}": axis for name, axis in _WRITES_OF_A_BLOCK.items()}
    state = copy.state_dict()
    centred = {
        name: tensor - tensor.mean(axes[name], keepdim=True) if name in axes else tensor
        for name, tensor in state.items()
    }
    copy.load_state_dict(centred)
    return copy

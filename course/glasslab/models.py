"""Build, save and load the course's models: a TransformerLens bridge, weights in safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as safetensors_load
from safetensors.torch import save as safetensors_save

from glasslab.bridge import TransformerBridge, TransformerBridgeConfig, convert_tl_checkpoint
from glasslab.tasks.base import ModelConfig
from glasslab.templates import Template

WEIGHTS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"


def build_model(config: ModelConfig, seed: int = 0) -> TransformerBridge:
    """Build a transformer with fresh weights; the same seed gives the same weights."""
    # TransformerLens attaches this method when it is imported, out of a type checker's sight.
    return TransformerBridge.boot_native(  # pyright: ignore[reportAttributeAccessIssue]
        TransformerBridgeConfig(
            n_ctx=config.n_ctx,
            d_vocab=config.d_vocab,
            d_vocab_out=config.d_vocab_out,
            n_layers=config.n_layers,
            n_heads=config.n_heads,
            d_model=config.d_model,
            d_head=config.d_head,
            d_mlp=config.d_mlp,
            attn_only=config.d_mlp is None,
            act_fn=config.act_fn,
            normalization_type=config.normalization_type,
            positional_embedding_type="standard",
            seed=seed,
        )
    )


def assemble(config: ModelConfig, weights: Mapping[str, torch.Tensor]) -> TransformerBridge:
    """Return a model of its own with copies of the weights given, ready for analysis.

    Args:
        config: The model's shape.
        weights: As its ``state_dict`` names them.

    Raises:
        ValueError: a weight is missing, unknown, or of another shape.
    """
    return _template(config).filled(weights)


@lru_cache(maxsize=16)
def _template(config: ModelConfig) -> Template:
    return Template(freeze(build_model(config)))


def config_of(model: TransformerBridge) -> ModelConfig:
    """Return the shape of a model that ``build_model`` made."""
    cfg = model.cfg
    return ModelConfig(
        n_ctx=cfg.n_ctx,
        d_vocab=cfg.d_vocab,
        d_vocab_out=cfg.d_vocab_out,
        n_layers=cfg.n_layers,
        n_heads=cfg.n_heads,
        d_model=cfg.d_model,
        d_head=cfg.d_head,
        d_mlp=None if cfg.attn_only else cfg.d_mlp,
        act_fn=cfg.act_fn or "relu",
        normalization_type=cfg.normalization_type,
    )


def to_bytes(model: TransformerBridge) -> tuple[bytes, dict[str, Any]]:
    """Return a model as safetensors bytes and a JSON-able config: how models travel."""
    state = {name: tensor.detach().contiguous() for name, tensor in model.state_dict().items()}
    return safetensors_save(state), config_of(model).to_dict()


def from_bytes(weights: bytes, config: dict[str, Any]) -> TransformerBridge:
    """Rebuild the model that ``to_bytes`` described, ready for analysis.

    Raises:
        ValueError: the config or the weights don't describe such a model.
    """
    try:
        return assemble(ModelConfig(**config), safetensors_load(weights))
    except Exception as error:
        raise ValueError(f"These bytes are not a Glass Lab model: {error}") from error


def save_model(model: TransformerBridge, folder: Path) -> None:
    """Write ``model.safetensors`` and ``config.json`` into a folder, which is made if missing."""
    weights, config = to_bytes(model)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS_FILE).write_bytes(weights)
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n")


def load_model(path: Path | str) -> TransformerBridge:
    """Load a model from a folder that ``save_model`` wrote, or from the weights file in it.

    Raises:
        FileNotFoundError: the weights or the config are missing.
        ValueError: the files don't describe a Glass Lab model.
    """
    path = Path(path)
    folder = path if path.is_dir() else path.parent
    weights_path = folder / WEIGHTS_FILE if path.is_dir() else path
    config_path = folder / CONFIG_FILE
    for needed in (weights_path, config_path):
        if not needed.is_file():
            raise FileNotFoundError(f"No model at {path}: {needed.name} is missing.")
    try:
        config = json.loads(config_path.read_text())
    except ValueError as error:
        raise ValueError(f"{config_path} is not JSON: {error}") from error
    return from_bytes(weights_path.read_bytes(), config)


def public_folder(name: str) -> Path:
    """Return the folder of a public model: inside the installed package, or in a checkout.

    Raises:
        ValueError: there is no public model of that name.
    """
    packaged = Path(str(files("glasslab"))) / "public"
    checkout = Path(__file__).resolve().parents[2] / "data"
    folders = {
        weights.parent.name: weights.parent
        for place in (checkout, packaged)
        for weights in place.glob(f"*/{WEIGHTS_FILE}")
    }
    if name not in folders:
        raise ValueError(
            f"There is no public model {name!r}; there are: {', '.join(sorted(folders))}."
        )
    return folders[name]


def load_public(name: str) -> TransformerBridge:
    """Load a public model of the course, by the name of its task.

    Raises:
        ValueError: there is no public model of that name.
    """
    return load_model(public_folder(name))


def load_legacy(
    path: Path | str, config: ModelConfig, *, wrapped_embedding: bool = False
) -> TransformerBridge:
    """Load a ``HookedTransformer`` state dict saved by ``torch.save``, without unpickling objects.

    Args:
        path: The ``.pt`` file.
        config: The model's shape; such files don't hold it.
        wrapped_embedding: The original November model was trained on tokens −5..5, and a
            negative index counts from the end; its embedding rows therefore stand for
            0..5, −5..−1. True puts them into the order −5..5.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file isn't a state dict of that shape.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"No checkpoint at {path}.")
    model = build_model(config)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        state = convert_tl_checkpoint(state, model.cfg)
        if wrapped_embedding:
            embedding = state["embed.weight"]
            state["embed.weight"] = embedding.roll(embedding.shape[0] // 2, dims=0)
        model.load_state_dict(state, strict=True)
    except Exception as error:
        raise ValueError(f"{path} is not a HookedTransformer state dict: {error}") from error
    return freeze(model)


def freeze(model: TransformerBridge) -> TransformerBridge:
    """Freeze a model: the course's analyses need no gradients, and caches stay small."""
    model.eval()
    model.requires_grad_(False)
    return model

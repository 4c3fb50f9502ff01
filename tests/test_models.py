"""Models come back as they were saved, old checkpoints too; hostile or wrong files are refused."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import torch

from glasslab.datasets import load_public_evaluation
from glasslab.models import (
    build_model,
    config_of,
    from_bytes,
    load_legacy,
    load_model,
    load_public,
    save_model,
    to_bytes,
)
from glasslab.tasks import CUMSUM, SORTED_LIST, ModelConfig
from glasslab.tasks.base import UNSCORED

CONFIG = CUMSUM.config
TOKENS = CUMSUM.sample(16, torch.Generator().manual_seed(0))
SHAPES = {
    "cumsum": CONFIG,
    "attention only": ModelConfig(20, 11, 3, n_layers=2, n_heads=2, d_mlp=None),
    "sorting": SORTED_LIST.config,
    "normalised": ModelConfig(20, 11, 5, d_mlp=7, normalization_type="LN", act_fn="gelu"),
}


@pytest.mark.parametrize("config", SHAPES.values(), ids=SHAPES.keys())
def test_a_saved_model_comes_back_the_same(config, tmp_path):
    model = build_model(config, seed=3)
    save_model(model, tmp_path / "new" / "folder")
    for place in ("new/folder", "new/folder/model.safetensors"):
        loaded = load_model(tmp_path / place)
        assert config_of(loaded) == config
        assert to_bytes(loaded) == to_bytes(model)
        assert loaded(TOKENS).equal(model(TOKENS))
        assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_a_seed_decides_the_fresh_weights_and_leaves_other_randomness_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    first, again, other = (to_bytes(build_model(CONFIG, seed=seed)) for seed in (1, 1, 2))
    assert torch.rand(1).equal(expected)
    assert first == again != other


def legacy_state(seed: int = 0) -> dict[str, torch.Tensor]:
    """Weights by the names and in the shapes that HookedTransformer used."""
    generator = torch.Generator().manual_seed(seed)
    c = CONFIG
    assert c.d_mlp is not None
    shapes = {
        "embed.W_E": (c.d_vocab, c.d_model),
        "pos_embed.W_pos": (c.n_ctx, c.d_model),
        **{f"blocks.0.attn.W_{part}": (1, c.d_model, c.d_head) for part in "QKV"},
        **{f"blocks.0.attn.b_{part}": (1, c.d_head) for part in "QKV"},
        "blocks.0.attn.W_O": (1, c.d_head, c.d_model),
        "blocks.0.attn.b_O": (c.d_model,),
        "blocks.0.mlp.W_in": (c.d_model, c.d_mlp),
        "blocks.0.mlp.b_in": (c.d_mlp,),
        "blocks.0.mlp.W_out": (c.d_mlp, c.d_model),
        "blocks.0.mlp.b_out": (c.d_model,),
        "unembed.W_U": (c.d_model, c.d_vocab_out),
        "unembed.b_U": (c.d_vocab_out,),
    }
    state = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    future = torch.ones(c.n_ctx, c.n_ctx).triu(1).bool()
    return {**state, "blocks.0.attn.mask": ~future, "blocks.0.attn.IGNORE": torch.tensor(-1e5)}


def logits_by_hand(state: dict[str, torch.Tensor], embedded: torch.Tensor) -> torch.Tensor:
    """The model as the equations say it, from the old names; ``embedded`` replaces the lookup."""
    part = {name.rsplit(".", 1)[1]: value for name, value in state.items()}
    resid = embedded + part["W_pos"]
    q, k, v = (resid @ part[f"W_{name}"][0] + part[f"b_{name}"][0] for name in "QKV")
    scores = (q @ k.mT / CONFIG.d_head**0.5).masked_fill(~part["mask"], -torch.inf)
    resid = resid + scores.softmax(-1) @ v @ part["W_O"][0] + part["b_O"]
    hidden = (resid @ part["W_in"] + part["b_in"]).relu()
    resid = resid + hidden @ part["W_out"] + part["b_out"]
    return resid @ part["W_U"] + part["b_U"]


@pytest.mark.parametrize("wrapped", [False, True], ids=["ordered", "wrapped"])
def test_an_old_checkpoint_computes_what_it_always_did(wrapped, tmp_path):
    state = legacy_state()
    torch.save(state, tmp_path / "old.pt")
    model = load_legacy(tmp_path / "old.pt", CONFIG, wrapped_embedding=wrapped)
    # The original looked its rows up by the values themselves, so that -1 meant the last row.
    rows = TOKENS - 5 if wrapped else TOKENS
    expected = logits_by_hand(state, state["embed.W_E"][rows])
    torch.testing.assert_close(model(TOKENS), expected, atol=1e-4, rtol=1e-4)


class Payload:
    """Runs code when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


@pytest.mark.parametrize(
    "save", [torch.save, lambda it, path: path.write_bytes(pickle.dumps(it, protocol=2))]
)
def test_a_checkpoint_that_would_run_code_is_refused(save, tmp_path):
    trace = tmp_path / "was-here"
    save({**legacy_state(), "more": Payload(trace)}, tmp_path / "evil.pt")
    with pytest.raises(ValueError, match=r"evil\.pt"):
        load_legacy(tmp_path / "evil.pt", CONFIG)
    assert not trace.exists()


def test_wrong_files_are_refused_in_words(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors is missing"):
        load_model(tmp_path)
    with pytest.raises(FileNotFoundError, match="No checkpoint"):
        load_legacy(tmp_path / "none.pt", CONFIG)
    with pytest.raises(ValueError, match="no public model 'sorting'"):
        load_public("sorting")

    save_model(build_model(CONFIG), tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ValueError, match="not JSON"):
        load_model(tmp_path)
    (tmp_path / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"config\.json is missing"):
        load_model(tmp_path)

    torch.save({"embed.W_E": torch.ones(2, 2)}, tmp_path / "short.pt")
    with pytest.raises(ValueError, match="not a HookedTransformer state dict"):
        load_legacy(tmp_path / "short.pt", CONFIG)


@pytest.mark.parametrize(
    ("weights", "config"),
    [
        (b"", CONFIG.to_dict()),
        (b"\x80\x04K\x01.", CONFIG.to_dict()),
        (to_bytes(build_model(CONFIG))[0], {**CONFIG.to_dict(), "d_model": 25}),
        (to_bytes(build_model(CONFIG))[0], {**CONFIG.to_dict(), "colour": "blue"}),
        (to_bytes(build_model(CONFIG))[0], {}),
    ],
)
def test_bytes_that_are_no_model_are_refused(weights, config):
    with pytest.raises(ValueError, match="not a Glass Lab model"):
        from_bytes(weights, json.loads(json.dumps(config)))


def test_the_public_model_solves_the_public_sequences():
    tokens, labels = load_public_evaluation("cumsum")
    assert tokens.shape == labels.shape == (1000, 20)
    assert CUMSUM.label(tokens).equal(labels)
    logits = load_public("cumsum")(tokens)
    assert logits.argmax(-1).equal(labels)
    assert torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten()) < 0.08


def test_the_public_sorting_model_sorts_the_public_lists():
    tokens, labels = load_public_evaluation("sorted_list")
    assert tokens.shape == labels.shape == (1000, 21)
    assert SORTED_LIST.label(tokens).equal(labels)
    scored = labels != UNSCORED
    assert scored.sum() == 10_000
    logits, answers = load_public("sorted_list")(tokens)[scored], labels[scored]
    assert (logits.argmax(-1) == answers).double().mean() > 0.998
    assert torch.nn.functional.cross_entropy(logits, answers) < 0.045

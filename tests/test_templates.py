"""Models copied from a template compute like built ones, and nothing in one is felt by another."""

from __future__ import annotations

import gc
import types
from dataclasses import replace

import pytest
import torch
from torch import nn

from glasslab.models import assemble, build_model, freeze
from glasslab.tasks import CUMSUM, ModelConfig

CONFIG = CUMSUM.config
TOKENS = CUMSUM.sample(8, torch.Generator().manual_seed(0))
SHAPES = {
    "cumsum": CONFIG,
    "attention only": ModelConfig(20, 11, 3, n_layers=2, n_heads=2, d_mlp=None),
    "normalised": ModelConfig(20, 11, 5, d_mlp=7, normalization_type="LN", act_fn="gelu"),
    "normalised, no weights": ModelConfig(20, 11, 5, normalization_type="LNPre"),
}
PATTERN = "blocks.0.attn.hook_pattern"


def copy_of(model, config=CONFIG):
    return assemble(config, model.state_dict())


@pytest.mark.parametrize("config", SHAPES.values(), ids=SHAPES.keys())
def test_an_assembled_model_is_what_a_built_one_with_its_weights_would_be(config):
    built = freeze(build_model(config, seed=3))
    copy = copy_of(built, config)
    logits, cache = built.run_with_cache(TOKENS)
    logits_of_copy, cache_of_copy = copy.run_with_cache(TOKENS)
    assert logits_of_copy.equal(logits)
    assert list(cache_of_copy) == list(cache)
    assert all(cache_of_copy[name].equal(cache[name]) for name in cache)
    assert list(copy.hook_dict) == list(built.hook_dict)
    assert not copy.training
    assert not any(each.requires_grad for each in copy.parameters())
    assert copy.W_Q.equal(built.W_Q)
    assert copy.cfg.to_dict() == {**built.cfg.to_dict(), "seed": copy.cfg.seed}


def test_hooks_edits_and_settings_stay_in_the_model_they_were_made_in():
    weights = build_model(CONFIG, seed=3).state_dict()
    edited, other = assemble(CONFIG, weights), assemble(CONFIG, weights)
    expected = other(TOKENS)
    edited.add_hook(PATTERN, lambda pattern, hook: 0 * pattern)
    edited.W_E.data.zero_()
    edited.original_model.requires_grad_(True)
    edited.cfg.n_ctx = 3
    assert not edited(TOKENS).equal(expected)
    later = assemble(CONFIG, weights)
    for one in (other, later):
        assert one(TOKENS).equal(expected)
        assert one.cfg.n_ctx == CONFIG.n_ctx
        assert not any(each.requires_grad for each in one.parameters())


def test_copies_share_nothing_that_can_be_changed():
    first, second = (copy_of(build_model(CONFIG, seed=3)) for _ in range(2))
    shared = reachable(first) & reachable(second)
    assert reachable(first) > shared
    assert not shared


def reachable(root) -> set[int]:
    """The ids of all changeable objects that a model holds."""
    found, waiting = {}, [root]
    known = (type, types.FunctionType, types.ModuleType, str, int, float, bool, type(None))
    while waiting:
        one = waiting.pop()
        if isinstance(one, known) or id(one) in found:
            continue
        found[id(one)] = one
        waiting += gc.get_referents(one)
    kinds = (nn.Module, torch.Tensor, dict, list, set)
    return {
        key
        for key, one in found.items()
        if isinstance(one, kinds) or type(one).__module__.startswith("transformer_lens.")
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda weights: weights.pop("embed.weight"), r"missing or unknown: embed\.weight"),
        (lambda weights: weights.update(extra=torch.zeros(1)), "missing or unknown: extra"),
        (lambda weights: weights.update({"embed.weight": torch.zeros(2, 2)}), r"is \[2, 2\]"),
    ],
    ids=["missing", "unknown", "another shape"],
)
def test_weights_that_do_not_fit_are_refused(change, words):
    weights = dict(build_model(CONFIG).state_dict())
    change(weights)
    with pytest.raises(ValueError, match=words):
        assemble(CONFIG, weights)


def test_another_shape_gets_another_template():
    longer = replace(CONFIG, n_ctx=44)
    copy = assemble(longer, build_model(longer, seed=1).state_dict())
    assert copy(torch.zeros(1, 44, dtype=torch.int64)).shape == (1, 44, 3)

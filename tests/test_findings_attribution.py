"""Direct logit attribution and centring: what must hold for any weights, not only trained ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import remove_direction, run_with
from glasslab.models import build_model, freeze
from glasslab.tasks.cumsum import CUMSUM
from grader.findings import attribution
from grader.findings.centring import centred_copy
from grader.probes.attribution import deaf, nudged

TOKENS = CUMSUM.sample(6, torch.Generator().manual_seed(0))
SEEDS = st.integers(0, 2**31)
WRITES = ("hook_embed", "hook_pos_embed", "blocks.0.hook_attn_out", "blocks.0.hook_mlp_out")


def _random(seed: int, normalization: str | None = None) -> TransformerBridge:
    model = build_model(replace(CUMSUM.config, normalization_type=normalization), seed)
    generator = torch.Generator().manual_seed(seed)
    model.load_state_dict(
        {
            name: weight + 0.3 * torch.randn(weight.shape, generator=generator)
            for name, weight in model.state_dict().items()
        }
    )
    return freeze(model)


@settings(max_examples=6, deadline=None)
@given(SEEDS)
def test_the_parts_sum_to_the_logits(seed: int) -> None:
    model = _random(seed)
    parts = attribution.logit_parts(model, TOKENS)
    assert torch.allclose(attribution.summed(parts), run_with(model, TOKENS), atol=1e-4)


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_the_pushes_for_zero_sum_to_its_lead_over_the_mean_of_the_outputs(seed: int) -> None:
    model = _random(seed)
    pushes = attribution.push_for_zero(model, TOKENS, -5.5, 5.5)
    lead = attribution.less_output_mean(run_with(model, TOKENS))[..., 1].mean()
    assert sum(pushes.values()) == pytest.approx(float(lead), abs=1e-4)


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_centring_writers_deafening_readers_and_removing_ones_are_one_thing(seed: int) -> None:
    model = _random(seed)
    ones = torch.ones(CUMSUM.config.d_model)
    removed = run_with(model, TOKENS, *(remove_direction(hook, ones) for hook in WRITES))
    for other in (centred_copy(model), deaf(model)):
        p, q = run_with(other, TOKENS).softmax(-1), removed.softmax(-1)
        assert torch.allclose(p, q, atol=1e-4)


@pytest.mark.parametrize(
    "normalization, safe",
    [("LN", True), ("LNPre", True), ("RMS", False), ("RMSPre", False), (None, False)],
)
def test_centring_is_safe_behind_a_layer_norm_only(normalization: str | None, safe: bool) -> None:
    assert attribution.centring_is_safe(_random(3, normalization), TOKENS) is safe


def test_centring_is_safe_where_nothing_reads_the_mean() -> None:
    assert attribution.centring_is_safe(deaf(_random(3)), TOKENS)


def test_nudging_changes_every_bias_that_reaches_the_logits_and_no_matrix() -> None:
    model = build_model(CUMSUM.config)
    other = nudged(model, torch.Generator().manual_seed(0)).state_dict()
    changed = {name for name, old in model.state_dict().items() if not old.equal(other[name])}
    inside = ("attn.v", "attn.o", "mlp.in", "mlp.out")
    assert changed == {f"blocks.0.{part}.bias" for part in inside} | {"unembed.bias"}

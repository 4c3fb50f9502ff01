"""Interventions obey their laws on the public model: parts add up, twice is once, none is none."""

from __future__ import annotations

import pytest
import torch

from glasslab.interventions import (
    Intervention,
    keep_direction,
    mean_ablate,
    remove_direction,
    resample_ablate,
    run_with,
    swap_pattern,
    zero_ablate,
)
from glasslab.models import load_public
from glasslab.tasks import CUMSUM

MODEL = load_public("cumsum")
TOKENS = CUMSUM.sample(12, torch.Generator().manual_seed(5))
CLEAN, CACHE = MODEL.run_with_cache(TOKENS)
PATTERN, ATTN_OUT = "blocks.0.attn.hook_pattern", "blocks.0.hook_attn_out"
POST, MLP_OUT = "blocks.0.mlp.hook_post", "blocks.0.hook_mlp_out"
HOOKS = [ATTN_OUT, POST, MLP_OUT, "blocks.0.attn.hook_z", "blocks.0.hook_resid_post"]
DIRECTION = torch.randn(24, generator=torch.Generator().manual_seed(1))


def close(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.allclose(one, other, atol=1e-4)


def edited(intervention: Intervention) -> torch.Tensor:
    """The activation that an intervention makes of the clean one."""
    return intervention.edit(CACHE[intervention.hook])


def test_no_intervention_changes_nothing_and_none_stays_behind():
    assert run_with(MODEL, TOKENS).equal(CLEAN)
    assert not close(run_with(MODEL, TOKENS, zero_ablate(ATTN_OUT)), CLEAN)
    with pytest.raises(ValueError, match="no hook"):
        run_with(MODEL, TOKENS, zero_ablate(ATTN_OUT), zero_ablate("blocks.7.hook_nothing"))
    assert MODEL(TOKENS).equal(CLEAN)


@pytest.mark.parametrize("hook", HOOKS)
def test_resampling_by_the_identity_changes_nothing(hook):
    permutation = torch.arange(len(TOKENS))
    assert run_with(MODEL, TOKENS, resample_ablate(hook, permutation)).equal(CLEAN)


def test_resampling_everything_at_the_end_permutes_the_answers():
    permutation = torch.randperm(len(TOKENS), generator=torch.Generator().manual_seed(2))
    resampled = run_with(MODEL, TOKENS, resample_ablate("blocks.0.hook_resid_post", permutation))
    assert close(resampled, CLEAN[permutation])


@pytest.mark.parametrize("hook", HOOKS)
def test_ablating_twice_is_ablating_once(hook):
    for ablate in (zero_ablate, mean_ablate):
        once = run_with(MODEL, TOKENS, ablate(hook))
        assert close(run_with(MODEL, TOKENS, ablate(hook), ablate(hook)), once)
        assert not close(once, CLEAN)


def test_ablating_every_index_is_ablating_all():
    permutation = torch.arange(len(TOKENS)).flip(0)
    for ablate in (
        zero_ablate,
        mean_ablate,
        lambda hook, indices=None: resample_ablate(hook, permutation, indices),
    ):
        whole = edited(ablate(POST))
        assert edited(ablate(POST, range(8))).equal(whole)
        some = edited(ablate(POST, [1, -1]))
        assert some[..., [1, 7]].equal(whole[..., [1, 7]])
        assert some[..., [0, 2, 3, 4, 5, 6]].equal(CACHE[POST][..., [0, 2, 3, 4, 5, 6]])


def test_zero_is_zero_and_the_mean_keeps_the_mean():
    assert not edited(zero_ablate(POST)).any()
    held = edited(mean_ablate(POST))
    assert close(held.mean((0, 1)), CACHE[POST].mean((0, 1)))
    assert close(held, held[:1, :1].expand_as(held))


def test_an_activation_is_never_edited_in_place():
    before = CACHE[POST].clone()
    for intervention in (zero_ablate(POST, [0]), mean_ablate(POST, [0])):
        edited(intervention)
        assert CACHE[POST].equal(before)


def test_swapping_in_its_own_pattern_changes_nothing():
    assert close(run_with(MODEL, TOKENS, swap_pattern(CACHE[PATTERN])), CLEAN)


def test_a_pattern_serves_all_heads_and_sequences_or_is_given_for_each():
    looks_at_itself = torch.eye(20)
    for shape in ((20, 20), (1, 20, 20), (len(TOKENS), 1, 20, 20)):
        swapped = run_with(MODEL, TOKENS, swap_pattern(looks_at_itself.expand(shape)))
        # Who sees only itself answers alike wherever the earlier tokens stand.
        shuffled = torch.cat([TOKENS[:, :-1].flip(1), TOKENS[:, -1:]], dim=1)
        again = run_with(MODEL, shuffled, swap_pattern(looks_at_itself.expand(shape)))
        assert close(swapped[:, -1], again[:, -1])
        assert not close(swapped, CLEAN)
    with pytest.raises(ValueError, match="doesn't fit"):
        run_with(MODEL, TOKENS, swap_pattern(torch.eye(19)))


def test_what_is_kept_and_what_is_removed_add_up():
    kept, rest = keep_direction(ATTN_OUT, DIRECTION), remove_direction(ATTN_OUT, DIRECTION)
    assert close(edited(kept) + edited(rest), CACHE[ATTN_OUT])
    assert close(edited(rest) @ DIRECTION, torch.zeros(TOKENS.shape))
    for project in (kept, rest):
        assert close(project.edit(edited(project)), edited(project))


def test_keeping_what_was_removed_leaves_nothing():
    kept, rest = keep_direction(ATTN_OUT, DIRECTION), remove_direction(ATTN_OUT, DIRECTION)
    nothing = run_with(MODEL, TOKENS, zero_ablate(ATTN_OUT))
    assert close(run_with(MODEL, TOKENS, kept, rest), nothing)
    assert close(run_with(MODEL, TOKENS, rest, kept), nothing)


def test_a_direction_has_no_length_and_no_sign():
    for make in (keep_direction, remove_direction):
        assert close(edited(make(ATTN_OUT, DIRECTION)), edited(make(ATTN_OUT, -7 * DIRECTION)))


@pytest.mark.parametrize(
    "direction", [torch.zeros(24), torch.ones(2, 24), torch.full((24,), torch.nan)]
)
def test_what_is_no_direction_is_refused(direction):
    with pytest.raises(ValueError, match="A direction is a vector"):
        keep_direction(ATTN_OUT, direction)


def test_an_edit_that_changes_a_shape_is_refused():
    halves = Intervention(ATTN_OUT, lambda activation: activation[:, ::2])
    with pytest.raises(ValueError, match=r"\(12, 20, 24\) into \(12, 10, 24\)"):
        run_with(MODEL, TOKENS, halves)
    with pytest.raises(ValueError, match="3 sequences, the run 12"):
        run_with(MODEL, TOKENS, resample_ablate(POST, torch.arange(3)))

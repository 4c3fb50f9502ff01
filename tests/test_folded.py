"""Laws of the tables that the proof unit rests on, and of the adversaries that judge a proof."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glasslab.checks.subjects import public_model, read_hook, scrambled_model
from glasslab.folded import (
    fold,
    furthest_from_uniform,
    main_direction,
    margin_line,
    rounding_bound,
)
from glasslab.lean import lean_logits
from glasslab.tasks.cumsum import CUMSUM
from grader.findings import certificate
from grader.findings.adversaries import extreme_sequences, found_margins, run_margins

seeds = st.integers(0, 10_000)


def _sequences(seed: int, count: int = 20) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 11, (count, 20), generator=generator)


@settings(deadline=None, max_examples=5)
@given(seed=seeds)
def test_scores_and_writing_give_what_the_head_writes(seed: int) -> None:
    model, tokens = scrambled_model(), _sequences(seed)
    folded, places = fold(model.state_dict()), torch.arange(20)
    scores = folded.scores[19, tokens[:, -1:], places, tokens]
    written = torch.einsum("bk,bkd->bd", scores.softmax(-1), folded.written[places, tokens])
    expected = read_hook(model, tokens, "blocks.0.hook_attn_out")[:, -1]
    assert torch.allclose(written, expected, atol=1e-3, rtol=1e-4)


@settings(deadline=None, max_examples=5)
@given(seed=seeds, position=st.integers(0, 19))
def test_attention_is_no_further_from_uniform_than_bounded(seed: int, position: int) -> None:
    model, tokens = scrambled_model(), _sequences(seed)
    folded, places = fold(model.state_dict()), torch.arange(position + 1)
    last = tokens[:, position]
    pattern = folded.scores[position, last[:, None], places, tokens[:, : position + 1]].softmax(-1)
    distance = (pattern - 1 / (position + 1)).abs().sum(-1) / 2
    assert bool((distance <= furthest_from_uniform(folded, position)[last] + 1e-12).all())


@settings(deadline=None, max_examples=10)
@given(seed=seeds, position=st.integers(0, 19), public=st.booleans())
def test_a_margin_lies_within_its_slack(seed: int, position: int, public: bool) -> None:
    model = public_model() if public else public_model("cumsum_no_decay")
    weights, tokens = model.state_dict(), _sequences(seed)[:, : position + 1]
    folded, u = fold(weights), main_direction(weights)
    x = read_hook(model, tokens, "blocks.0.hook_attn_out")[:, -1] @ u
    logits, last = model(tokens)[:, -1].double(), tokens[:, -1]
    for label in range(3):
        for other in {0, 1, 2} - {label}:
            line = margin_line(folded, u, position, label, other)
            neurons = (line.readings[last] + line.rates * x[:, None]).relu()
            value = line.start[last] + line.slope * x + neurons @ line.pushes
            real = logits[:, label] - logits[:, other]
            size = 1e-4 * (1 + real.abs())
            assert bool(((real - value).abs() <= line.slack[last] + size).all())


def test_float32_errs_less_than_the_rounding_bound() -> None:
    tokens = _sequences(0, 500)
    for model in (public_model(), public_model("cumsum_no_decay"), scrambled_model()):
        weights = model.state_dict()
        exact = {name: weight.double() for name, weight in weights.items()}
        error = (lean_logits(weights, tokens) - _in_float64(exact, tokens)).abs().max()
        assert 2 * float(error) <= rounding_bound(weights)


def _in_float64(weights: dict[str, torch.Tensor], tokens: torch.Tensor) -> torch.Tensor:
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        return lean_logits(weights, tokens)
    finally:
        torch.set_default_dtype(default)


def test_extreme_sequences_reach_every_state_and_none_is_further_out() -> None:
    weights = public_model("cumsum_no_decay").state_dict()
    folded, u = fold(weights), main_direction(weights)
    heights = folded.written @ u
    down, up = extreme_sequences(folded, u, 3)
    states = down[:, :-1].sum(-1) * 11 + down[:, -1]
    assert sorted(states.tolist()) == list(range(31 * 11))

    def amount(tokens: torch.Tensor) -> torch.Tensor:
        places, last = torch.arange(3), tokens[:, -1:]
        strength = folded.scores[3, last, places, tokens[:, :3]].exp()
        return (strength * (heights[places, tokens[:, :3]] - heights.mean())).sum(-1)

    assert torch.equal(down[:, -1], up[:, -1])
    low, high = (amount(tokens)[states.argsort()] for tokens in (down, up))
    drawn = _sequences(1, 500)[:, :4]
    state = drawn[:, :-1].sum(-1) * 11 + drawn[:, -1]
    assert bool((amount(drawn) >= low[state] - 1e-9).all())
    assert bool((amount(drawn) <= high[state] + 1e-9).all())


def test_no_adversary_contradicts_the_certificate() -> None:
    for name in ("cumsum", "cumsum_no_decay"):
        model = public_model(name)
        found = found_margins(model, torch.Generator().manual_seed(0))
        proved = certificate.state_margins(model)
        assert torch.equal(found.isnan(), proved.isnan())
        reached = ~found.isnan()
        assert bool((proved[reached] <= found[reached] + 1e-3).all())


def test_margins_are_those_of_the_labels() -> None:
    tokens = CUMSUM.sample(50, torch.Generator().manual_seed(0))
    model = public_model()
    right = model(tokens).argmax(-1) == CUMSUM.label(tokens)
    assert torch.equal(run_margins(model.state_dict(), tokens) > 0, right)

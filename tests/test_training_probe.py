"""Trained weights are judged from the weights alone: honest roads pass, roads from elsewhere don't.

Also the reference answers of unit 02_training, as laws.
"""

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from glasslab.lean import lean_logits
from glasslab.models import build_model, load_public
from glasslab.tasks import CUMSUM, ModelConfig
from grader.findings import training
from grader.probes import PROBES
from grader.probes import training as probe
from grader.suite import Suite

SUITE = Suite("cumsum", (), question_seed=5)


@pytest.fixture(scope="module")
def honest_run():
    """The hidden question about the full budget, and an honest answer to it."""
    question = next(iter(probe._ask_train(SUITE)))
    tokens, labels, seed, n_steps, keep = question.args
    model = build_model(CUMSUM.config, seed)
    weights = model.state_dict(keep_vars=True)
    optimizer = torch.optim.Adam(model.parameters(), weight_decay=0.01)
    generator = torch.Generator().manual_seed(seed)
    kept = []
    with torch.enable_grad():
        for step in range(n_steps + 1):
            if step in keep:
                kept.append({name: value.detach().clone() for name, value in weights.items()})
            for group in optimizer.param_groups:
                group["lr"] = 1e-2 - 9e-3 * (step + 1) / n_steps
            batch = torch.randint(len(tokens), (128,), generator=generator)
            logits = lean_logits(weights, tokens[batch])
            optimizer.zero_grad()
            F.cross_entropy(logits.flatten(0, 1), labels[batch].flatten()).backward()
            optimizer.step()
    return question, kept


def judge(question, kept):
    answer = [{name: value.numpy() for name, value in weights.items()} for weights in kept]
    return PROBES["training.train"].judge(question, answer)


def test_an_honest_run_passes(honest_run):
    assert judge(*honest_run).right


def public_weights():
    """Weights that solve the task and are no exact copy: all a hundredth longer."""
    return {name: 1.01 * value for name, value in load_public("cumsum").state_dict().items()}


@pytest.mark.parametrize("at", [3, 30, 200])
def test_a_jump_is_seen_wherever_it_is(honest_run, at):
    question, kept = honest_run
    keep, public = question.args[4], public_weights()
    landed = next(weights for step, weights in zip(keep, kept, strict=True) if step > at)
    jump = [
        # After it, the honest run's own moves, so that single steps look as they should.
        weights if step <= at else {n: public[n] + weights[n] - landed[n] for n in weights}
        for step, weights in zip(keep, kept, strict=True)
    ]
    assert (
        judge(question, jump).mistake
        in {
            3: {probe.UPHILL, probe.JUMPS, probe.NOTHING_LEARNT},
            30: {probe.UPHILL, probe.JUMPS, probe.NOTHING_LEARNT},
            200: {probe.JUMPS},
        }[at]
    )


@pytest.mark.parametrize("begin", [0, 30])
def test_a_glide_to_weights_from_elsewhere_is_seen(honest_run, begin):
    question, kept = honest_run
    keep, public = question.args[4], public_weights()
    start = [w for step, w in zip(keep, kept, strict=True) if step <= begin][-1]
    glide = [
        weights
        if step <= begin
        else {n: w + (public[n] - w) * (step - begin) / (300 - begin) for n, w in start.items()}
        for step, weights in zip(keep, kept, strict=True)
    ]
    assert judge(question, glide).mistake == probe.UPHILL


def test_another_start_wrong_names_and_foreign_objects_are_refused_in_words(honest_run):
    question, kept = honest_run
    other = build_model(CUMSUM.config, question.args[2] + 1).state_dict()
    assert judge(question, [other, *kept[1:]]).mistake == probe.NOT_FRESH
    assert judge(question, kept[1:]).mistake == probe.NOT_WEIGHTS
    assert judge(question, [kept[-1]] * len(kept)).mistake == probe.NOT_COPIED
    public = load_public("cumsum").state_dict()
    assert judge(question, [*kept[:-1], public]).mistake == probe.PUBLIC_COPY
    bare = [{k: v for k, v in w.items() if k != "unembed.bias"} for w in kept]
    assert judge(question, bare).mistake == probe.NAMES
    for nonsense in (None, 3.0, "weights", [None] * len(kept), [{}] * len(kept)):
        assert not PROBES["training.train"].judge(question, nonsense).right


@pytest.mark.parametrize("n_steps", [120, 300])
def test_every_gap_has_a_single_step_beside_it(n_steps):
    for seed in range(20):
        steps = probe.steps_to_keep(n_steps, torch.Generator().manual_seed(seed))
        gaps = [b - a for a, b in pairwise(steps)]
        assert steps[0] == 0 and steps[-1] == n_steps and min(gaps) == 1
        assert all(1 in gaps[max(i - 1, 0) : i + 2] for i in range(len(gaps)))
        assert max(b - a for a, b in pairwise(steps) if b < 100) <= 6


shapes = st.builds(
    ModelConfig,
    n_ctx=st.integers(1, 9),
    d_vocab=st.integers(2, 9),
    d_vocab_out=st.integers(2, 5),
    n_layers=st.integers(1, 3),
    n_heads=st.integers(1, 3),
    d_model=st.integers(2, 9),
    d_head=st.integers(1, 5),
    d_mlp=st.none() | st.integers(1, 9),
)


@settings(max_examples=15, deadline=None)
@given(shapes)
def test_the_count_is_that_of_the_model_built(config):
    model = build_model(config)
    assert training.parameter_count(config) == {
        "total": sum(value.numel() for value in model.state_dict().values()),
        "trained": sum(value.numel() for value in model.parameters()),
    }


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99), st.floats(0, 0.5), st.floats(1e-4, 1e-1))
def test_adam_steps_as_torch_does(seed, decay, rate):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.nn.Parameter(torch.randn(5, generator=generator).double())
    optimizer = torch.optim.Adam([weight], lr=rate, weight_decay=decay)
    mine = {"weight": weight.detach().clone(), "first": torch.zeros(5), "second": torch.zeros(5)}
    for step in (1, 2, 3):
        gradient = torch.randn(5, generator=generator).double()
        weight.grad = gradient.clone()
        optimizer.step()
        mine = training.adam_step(
            mine["weight"], gradient, mine["first"], mine["second"], step, rate, decay
        )
        assert torch.allclose(mine["weight"], weight.detach(), atol=1e-12)


def test_a_key_bias_and_the_buffer_get_no_gradient():
    tokens = CUMSUM.sample(32, torch.Generator().manual_seed(0))
    sizes = training.gradient_sizes(build_model(CUMSUM.config, 3), tokens, CUMSUM.label(tokens))
    unreached = {name for name, size in sizes.items() if size < training.GRADIENT_FLOOR}
    assert unreached == {"blocks.0.attn.k.bias", "unembed.bias"}

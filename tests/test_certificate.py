"""The certificate against all inputs, where these can be counted: sound, tight, and no luck."""

import copy
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glasslab.models import build_model, freeze, load_public
from glasslab.tasks.base import ModelConfig
from glasslab.tasks.cumsum import CUMSUM, sample_tokens
from grader.findings import bounds, certificate
from grader.findings.certificate import certify, state_margins, surely_wrong
from grader.findings.circuit import circuit_of
from grader.findings.faults import failing_share
from grader.findings.rounding import float32_error
from grader.findings.states import Grid, least_choices, least_totals, state_shares
from grader.findings.witness import real_margins

FEW = settings(max_examples=8)


def all_inputs(grid):
    """Every sequence there is, ``[batch position]``."""
    return torch.cartesian_prod(*[torch.arange(grid.d_vocab)] * grid.n_ctx)


def grid_of(model):
    return Grid(model.cfg.n_ctx, (model.cfg.d_vocab - 1) // 2)


def random_model(seed, *, n_ctx=5, max_value=1, d_mlp=6, scale=0.7, attention=1.0):
    """A model with random weights, biases included; ``attention`` scales the queries alone."""
    config = ModelConfig(n_ctx, 2 * max_value + 1, 3, d_model=6, d_head=3, d_mlp=d_mlp or None)
    model = build_model(config)
    generator = torch.Generator().manual_seed(seed)
    state = {
        name: scale * torch.randn(tensor.shape, generator=generator)
        for name, tensor in model.state_dict().items()
    }
    for kind in ("weight", "bias"):
        state[f"blocks.0.attn.q.{kind}"] *= attention
    model.load_state_dict(state)
    return freeze(model)


def truncated(model, n_ctx, *, token=0, nudge=0.0):
    """A model's first positions, with one token's embedding moved towards larger values."""
    config = ModelConfig(n_ctx, model.cfg.d_vocab, 3)
    small, state = build_model(config), dict(model.state_dict())
    state["pos_embed.weight"] = state["pos_embed.weight"][:n_ctx]
    embedding = state["embed.weight"].clone()
    embedding[token] += nudge * (embedding[-1] - embedding[0])
    small.load_state_dict(state | {"embed.weight": embedding})
    return freeze(small)


def truth(model):
    """By brute force: the accuracy, and the least and the greatest margin in each state."""
    grid = grid_of(model)
    tokens = all_inputs(grid)
    margins = torch.cat([real_margins(model, part, grid.max_value) for part in tokens.split(8192)])
    position, earlier, last = grid.locate(tokens)
    place = ((position * grid.shape[1] + earlier) * grid.shape[2] + last).flatten()
    least, most = (
        torch.full(grid.shape, torch.nan)
        .flatten()
        .scatter_reduce(0, place, margins.flatten(), how, include_self=False)
        .reshape(grid.shape)
        .double()
        for how in ("amin", "amax")
    )
    return float((margins > 0).double().mean()), least, most


def assert_sound(model):
    """No claim of a certificate is more than what is true of all inputs."""
    accuracy, least, most = truth(model)
    proved, margins, wrong = certify(model), state_margins(model), surely_wrong(model)
    reached = ~least.isnan()
    assert torch.equal(reached, ~margins.isnan())
    assert proved.states == int(reached.sum()) and proved.unproved_states == int(
        (margins[reached] <= 0).sum()
    )
    assert (margins <= least)[reached].all()
    assert proved.certified_accuracy <= accuracy + 1e-12
    assert proved.certified_accuracy == 1 - proved.error_bound
    assert proved.certified_worst_margin <= float(least[reached].amin())
    assert (most[wrong] <= 0).all()

    witness = torch.tensor([proved.witness])
    ran = real_margins(model, witness, grid_of(model).max_value)[0, -1]
    assert proved.witness_margin == float(ran)
    assert float(ran) >= float(least[reached].amin()) - float32_error(model)
    return proved, least


flat_or_not = st.sampled_from([0.0, 1e-3, 0.1, 1.0, 5.0])


@FEW
@given(seed=st.integers(0, 10**6), attention=flat_or_not, max_value=st.sampled_from([1, 2]))
def test_a_random_model_is_never_called_better_than_it_is(seed, attention, max_value):
    n_ctx = {1: 6, 2: 4}[max_value]
    assert_sound(random_model(seed, n_ctx=n_ctx, max_value=max_value, attention=attention))


@FEW
@given(seed=st.integers(0, 10**6), attention=flat_or_not)
def test_without_an_mlp_and_with_flat_or_sharp_attention_too(seed, attention):
    model = random_model(seed, d_mlp=0, attention=attention)
    least = assert_sound(model)[1]
    margins = state_margins(model)
    # Each difference of logits is then one linear piece, its sign exact but for the rounding that
    # is charged, which uneven attention makes weigh more.
    scores = circuit_of(model).scores
    slack = 2 * float32_error(model) * float((scores.amax() - scores.amin()).exp())
    assert (least[margins <= 0] <= slack).all()


@pytest.mark.parametrize("scale", [1e-3, 30.0])
def test_tiny_and_huge_weights_are_no_way_out(scale):
    for seed in range(3):
        assert_sound(random_model(seed, scale=scale))


@pytest.fixture(scope="module")
def public():
    return load_public("cumsum")


@pytest.mark.parametrize("nudge", [0.0, 0.1, -0.2, 1.0])
def test_a_trained_model_with_a_planted_fault(public, nudge):
    """The bound sits tight on the truth, to the rounding that is charged."""
    model = truncated(public, 4, token=7, nudge=nudge)
    proved, least = assert_sound(model)
    worst = float(least[~least.isnan()].amin())
    assert proved.certified_worst_margin == pytest.approx(worst, abs=3 * float32_error(model))
    assert (proved.certified_accuracy == 1.0) == (worst > 0)
    assert proved.witness_margin == pytest.approx(worst, abs=float32_error(model))


def test_references_are_proved_on_all_inputs_and_decoys_are_not(suite):
    for subject in suite.references:
        truncated_truth = assert_sound(truncated(subject.model, 4))[0]
        assert truncated_truth.certified_accuracy == 1.0
        proved = certify(subject.model)
        assert (proved.states, proved.unproved_states) == (21_120, 0)
        assert proved.certified_accuracy == 1.0 and proved.certified_worst_margin > 0.02
        assert proved.witness_margin - proved.certified_worst_margin < 0.02
    for subject in suite.decoys:
        assert certify(subject.model).certified_accuracy < 1.0
        assert_sound(truncated(subject.model, 4))


@FEW
@given(seed=st.integers(0, 10**6))
def test_data_never_fares_worse_than_what_is_proved(public, seed):
    tokens = sample_tokens(50, torch.Generator().manual_seed(seed))
    margins = state_margins(public)[grid_of(public).locate(tokens)]
    assert (margins <= real_margins(public, tokens, 5)).all()


@pytest.mark.parametrize("nudge", [0.02, 0.05, -0.2])
def test_the_share_that_fails_for_a_planted_fault_lies_between_its_bounds(public, nudge):
    model = truncated(public, 4, token=7, nudge=nudge)
    failing = 1 - truth(model)[0]
    share = failing_share(model, 7)
    assert share.at_least - 1e-12 <= failing <= share.at_most + 1e-12
    # Where only the fault's token deviates, its count decides.
    assert share.at_most - share.at_least < 0.002
    for token in (0, 3, 10):  # counting another token says less, and nothing false
        other = failing_share(model, token)
        assert other.at_least - 1e-12 <= failing <= other.at_most + 1e-12


def honest_circuit_but(**changes):
    """Tabulate a model, then leave out what an explanation is tempted to leave out."""

    def tabulate(model):
        circuit = circuit_of(model)
        return replace(circuit, **{name: change(circuit) for name, change in changes.items()})

    return tabulate


UNSOUND = {
    "attention taken as uniform": ("circuit_of", honest_circuit_but(scores=lambda c: 0 * c.scores)),
    "values taken as the same at every position": (
        "circuit_of",
        honest_circuit_but(moved=lambda c: c.moved.mean(0, keepdim=True).expand_as(c.moved)),
    ),
    "the last token's own direct path forgotten": (
        "circuit_of",
        honest_circuit_but(direct=lambda c: c.direct.mean(1, keepdim=True).expand_as(c.direct)),
    ),
    "half a tenth of a logit too good": ("float32_error", lambda model: -0.05),
}


@pytest.mark.parametrize("mistake", UNSOUND)
def test_a_proof_that_leaves_something_out_is_caught(mistake, monkeypatch):
    monkeypatch.setattr(certificate, *UNSOUND[mistake])
    with pytest.raises(AssertionError):
        for seed in range(4):
            assert_sound(random_model(seed))


def test_a_neuron_of_unknown_sign_taken_at_its_best_is_caught(monkeypatch):
    def hopeful(pieces, least):
        return least.amax(1) + pieces.constant

    monkeypatch.setattr(bounds.Pieces, "combine", hopeful)
    with pytest.raises(AssertionError):
        for seed in range(12):
            assert_sound(random_model(seed))


@given(seed=st.integers(0, 10**6), max_free=st.integers(0, 6))
@settings(max_examples=6)
def test_however_many_neurons_are_treated_together(seed, max_free):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "MAX_FREE", max_free)
        assert_sound(random_model(seed))


@FEW
@given(seed=st.integers(0, 10**6))
def test_the_dynamic_programme_finds_the_least_sums(seed):
    generator = torch.Generator().manual_seed(seed)
    parts = torch.randn(2, 4, 3, generator=generator).double()
    sequences = all_inputs(Grid(4, 1))
    values = parts[:, torch.arange(4), sequences].sum(-1)
    *_, totals = least_totals(parts)
    for total in range(9):
        here = sequences.sum(1) == total
        best = values[:, here].amin(1)
        torch.testing.assert_close(totals[:, total], best)
        chosen = least_choices(parts, torch.tensor([total, total]))
        assert (chosen.sum(1) == total).all()
        reached = parts[torch.arange(2)[:, None], torch.arange(4), chosen].sum(1)
        torch.testing.assert_close(reached, best)


@pytest.mark.parametrize(("n_ctx", "max_value"), [(1, 5), (4, 1), (4, 2)])
def test_shares_are_counted_right(n_ctx, max_value):
    grid = Grid(n_ctx, max_value)
    tokens = all_inputs(grid).reshape(-1, n_ctx)
    counts = torch.zeros(grid.shape).double()
    ones = torch.ones(tokens.shape).double()
    counts.index_put_(grid.locate(tokens), ones, accumulate=True)
    torch.testing.assert_close(counts / len(tokens), state_shares(n_ctx, max_value))
    assert grid.count() == int((counts > 0).sum())
    assert Grid(20, 5).count() == 21_120


@FEW
@given(seed=st.integers(0, 10**6), scale=st.sampled_from([0.1, 1.0, 10.0]))
def test_rounding_of_float32_is_within_what_is_charged(seed, scale):
    model = random_model(seed, scale=scale, attention=0.3)
    tokens = all_inputs(grid_of(model))
    exact = real_margins(copy.deepcopy(model).double(), tokens, 1)
    off = (real_margins(model, tokens, 1) - exact).abs().amax()
    assert off <= float32_error(model)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"d_vocab": 10}, "vocabulary"),
        ({"d_vocab_out": 4}, "outputs"),
        ({"n_layers": 2}, "layer"),
        ({"n_heads": 2}, "head"),
        ({"act_fn": "gelu"}, "ReLU"),
        ({"normalization_type": "LN"}, "normalisation"),
    ],
)
def test_what_the_proof_is_not_about_is_refused(changes, words):
    model = build_model(replace(CUMSUM.config, n_ctx=3, **changes))
    for function in (certify, state_margins, surely_wrong):
        with pytest.raises(ValueError, match=words):
            function(model)

"""Findings: known answers on a hand-made model, laws on random ones, and the command."""

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasslab.interventions import run_with
from glasslab.models import build_model, freeze, load_public, save_model
from glasslab.tasks.cumsum import CUMSUM, decode
from grader.cli import main
from grader.findings import attention, causal, ov
from grader.findings.centring import centred_copy
from grader.findings.cumsum import measure
from grader.findings.neurons import neuron_roles
from grader.findings.statistics import cosine, r2, running_mean, running_sum

TOKENS = CUMSUM.sample(16, torch.Generator().manual_seed(1))


def loaded(**changes):
    """Return a model whose weights are zero but for some."""
    model = build_model(CUMSUM.config)
    state = {name: torch.zeros_like(tensor) for name, tensor in model.state_dict().items()}
    for name, tensor in changes.items():
        state[name.replace("__", ".")] = tensor
    model.load_state_dict(state)
    return freeze(model)


def matrix(shape, **entries):
    """Return a matrix of zeros with entries named like ``_2_0``."""
    made = torch.zeros(shape)
    for place, value in entries.items():
        made[tuple(map(int, place[1:].split("_")))] = value
    return made


@pytest.fixture(scope="module")
def averaging():
    """A model that writes exactly the mean of the values so far along one axis, and reads it."""
    return loaded(
        embed__weight=torch.arange(-5.0, 6.0)[:, None] * torch.eye(24)[0],
        blocks__0__attn__v__weight=matrix((12, 24), _0_0=1.0),
        blocks__0__attn__o__weight=matrix((24, 12), _1_0=1.0),
        unembed__weight=matrix((3, 24), _0_1=-100.0, _2_1=100.0),
        unembed__bias=torch.tensor([0.0, 2.5, 0.0]),
    )


@pytest.fixture(scope="module")
def random_model():
    """Fresh weights, but for queries so large that attention is far from uniform."""
    state = build_model(CUMSUM.config, seed=3).state_dict()
    query = "blocks.0.attn.q.weight"
    model = build_model(CUMSUM.config)
    model.load_state_dict(state | {query: 50 * state[query]})
    return freeze(model)


def test_the_hand_made_models_findings_are_what_it_was_made_for(averaging):
    found = measure(averaging, n_sequences=200)
    assert found["accuracy"] == found["keep_only_u_accuracy"] == 1
    assert found["attention_max_deviation"] == found["attention_max_score"] == 0
    assert found["uniform_swap_loss_increase"] == pytest.approx(0, abs=1e-6)
    assert found["ov_singular_values"][0] == pytest.approx(110**0.5)  # the root of Σ value²
    assert found["ov_singular_value_ratio"] == pytest.approx(0, abs=1e-6)
    assert found["u_linear_in_value_r2"] == pytest.approx(1)
    assert found["u_r2_cumulative_mean"] == pytest.approx(1)
    assert found["u_r2_cumulative_sum"] < 0.6
    assert found["cosine_u_positive"] == pytest.approx(1)
    assert found["cosine_u_negative"] == pytest.approx(-1)
    assert found["shuffle_max_logit_change"] < 1e-3
    assert found["remove_u_accuracy"] == found["zero_rate"]
    assert found["mlp_zero_ablated_cross_entropy"] == found["cross_entropy"]
    assert found["neuron_roles"] == ["dead"] * 8


def test_findings_are_json_and_the_same_for_the_same_seed(averaging):
    first, again, other = (measure(averaging, n_sequences=50, seed=seed) for seed in (1, 1, 2))
    assert json.loads(json.dumps(first)) == again
    assert first["cross_entropy"] != other["cross_entropy"]


def test_the_pattern_from_queries_and_keys_is_the_models_own(random_model):
    _, cache = random_model.run_with_cache(TOKENS)
    own = cache["blocks.0.attn.hook_pattern"]
    torch.testing.assert_close(attention.attention_pattern(random_model, TOKENS), own)


def test_scores_are_not_yet_masked_nor_normalised(random_model):
    scores = attention.attention_scores(random_model, TOKENS)
    assert scores.shape == (16, 1, 20, 20)
    assert scores.isfinite().all() and (scores < 0).any()
    assert (scores.triu(1) != 0).any()


@given(shift=st.floats(-100, 100))
def test_spread_does_not_feel_what_a_softmax_does_not_feel(shift):
    scores = torch.randn(2, 1, 6, 6, generator=torch.Generator().manual_seed(0)).double()
    rows = shift * torch.arange(6.0).double()[:, None]
    torch.testing.assert_close(
        attention.score_spread(scores + rows), attention.score_spread(scores), atol=1e-9, rtol=0
    )
    assert (attention.score_spread(scores)[..., 0] == 0).all()  # one key to look at: no choice


def test_uniform_pattern_spreads_evenly_over_the_past():
    pattern = attention.uniform_pattern(5)
    torch.testing.assert_close(pattern.sum(-1), torch.ones(5))
    assert pattern[3].tolist() == [0.25, 0.25, 0.25, 0.25, 0]
    assert (attention.pattern_deviation(pattern) == 0).all()


def test_swapping_in_the_uniform_pattern_is_what_a_head_without_scores_does(random_model):
    state = random_model.state_dict()
    blind = build_model(CUMSUM.config)
    blind.load_state_dict(
        {name: t * (not name.startswith("blocks.0.attn.q")) for name, t in state.items()}
    )
    labels = CUMSUM.label(TOKENS)
    clean, without = (causal.performance_with(m, TOKENS, labels) for m in (random_model, blind))
    swapped = causal.loss_with_uniform_pattern(random_model, TOKENS, labels)
    assert swapped == pytest.approx(without.cross_entropy)
    assert swapped != pytest.approx(clean.cross_entropy, abs=1e-4)


def test_removing_u_reaches_the_skip_path_and_the_mlp(averaging):
    # With everything written taken away, nothing but biases is left to say.
    logits = run_with(averaging, TOKENS, causal.remove(ov.direction_u(averaging)))
    torch.testing.assert_close(logits, torch.tensor([0.0, 2.5, 0.0]).expand_as(logits))


def test_u_points_where_larger_values_are_written(random_model):
    u = ov.direction_u(random_model)
    assert float(u.norm()) == pytest.approx(1)
    written = ov.values_along_u(random_model)
    assert float(written.norm()) == pytest.approx(float(ov.ov_singular_values(random_model)[0]))
    assert torch.dot(written, torch.arange(-5.0, 6.0)) > 0


@given(seed=st.integers(0, 1000))
def test_shuffling_keeps_the_last_token_and_the_multiset_of_the_others(seed):
    generator = torch.Generator().manual_seed(seed)
    shuffled = causal.shuffle_earlier(TOKENS, generator)
    assert torch.equal(shuffled[:, -1], TOKENS[:, -1])
    assert torch.equal(shuffled.sort(-1).values, TOKENS.sort(-1).values)
    assert not torch.equal(shuffled, TOKENS)


def test_running_mean_times_length_is_running_sum():
    values = decode(TOKENS)
    total = running_sum(values)
    torch.testing.assert_close(running_mean(values) * torch.arange(1, 21), total)
    assert torch.equal(total.sign().long() + 1, CUMSUM.label(TOKENS))


@given(slope=st.floats(0.1, 10), offset=st.floats(-10, 10), turned=st.booleans())
def test_r2_is_one_on_any_line_and_nought_on_a_constant(slope, offset, turned):
    x = torch.arange(10.0).double()
    assert r2(x, (-slope if turned else slope) * x + offset) == pytest.approx(1)
    assert r2(x, torch.full((10,), offset)) == 0
    assert r2(x, (x - 4.5) ** 2) == pytest.approx(0)


def test_cosine_feels_direction_only():
    assert cosine(torch.tensor([3.0, 0.0]), torch.tensor([5.0, 0.0])) == pytest.approx(1)
    assert cosine(torch.tensor([3.0, 0.0]), torch.tensor([0.0, 2.0])) == pytest.approx(0)


def test_roles_say_where_a_neuron_fires_and_whether_that_matters():
    means = torch.tensor([[-2.0, -1.0, 1.0, 2.0]])
    fires_above, fires_below = means.relu(), (-means).relu()
    activations = torch.stack([fires_above, fires_below, fires_above, fires_below], dim=-1)
    assert neuron_roles(activations, means, [0.05, 0.02, 0.0, -0.1]) == [
        *("positive", "negative", "dead", "negative")
    ]


def test_centring_changes_this_model_as_no_layernorm_follows(random_model):
    centred = centred_copy(random_model)
    for writes in (centred.W_E, centred.W_pos, centred.W_O[0, 0], centred.W_out[0]):
        torch.testing.assert_close(writes.mean(-1), torch.zeros(len(writes)), atol=1e-6, rtol=0)
    again = centred_copy(centred).state_dict()
    torch.testing.assert_close(again, centred.state_dict())
    before, after = (run_with(m, TOKENS).softmax(-1) for m in (random_model, centred))
    assert not torch.allclose(before, after, atol=1e-3)


def legacy_state(model):
    """Return a model's weights by the names and shapes that HookedTransformer saved."""
    block = "blocks.0."
    return {
        "embed.W_E": model.W_E,
        "pos_embed.W_pos": model.W_pos,
        **{f"{block}attn.W_{part}": getattr(model, f"W_{part}")[0] for part in "QKVO"},
        **{f"{block}attn.b_{part}": getattr(model, f"b_{part}")[0] for part in "QKVO"},
        **{f"{block}mlp.W_{part}": getattr(model, f"W_{part}")[0] for part in ("in", "out")},
        **{f"{block}mlp.b_{part}": getattr(model, f"b_{part}")[0] for part in ("in", "out")},
        "unembed.W_U": model.W_U,
        "unembed.b_U": model.b_U,
    }


def findings_of(capsys, *arguments):
    assert main(["findings", "cumsum", *map(str, arguments), "--json", "--sequences", "100"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_command_reads_folders_weights_files_and_legacy_files_alike(tmp_path, capsys):
    public = load_public("cumsum")
    save_model(public, tmp_path)
    torch.save(legacy_state(public), tmp_path / "straight.pt")
    wrapped = legacy_state(public)
    wrapped["embed.W_E"] = wrapped["embed.W_E"].roll(-5, dims=0)  # rows for 0..5, −5..−1
    torch.save(wrapped, tmp_path / "wrapped.pth")

    from_folder = findings_of(capsys, tmp_path)
    assert from_folder["accuracy"] == 1
    assert from_folder == findings_of(capsys, tmp_path / "model.safetensors")
    assert from_folder == findings_of(capsys, tmp_path / "straight.pt")
    assert from_folder == findings_of(capsys, tmp_path / "wrapped.pth", "--wrapped-embedding")
    assert findings_of(capsys, tmp_path / "wrapped.pth")["accuracy"] < 0.9
    assert (
        findings_of(capsys, tmp_path, "--centred")["cross_entropy"]
        != (from_folder["cross_entropy"])
    )


def test_without_json_the_command_prints_a_line_for_each_finding(tmp_path, capsys):
    save_model(load_public("cumsum"), tmp_path)
    found = findings_of(capsys, tmp_path)
    assert main(["findings", "cumsum", str(tmp_path), "--sequences", "100"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(found)
    assert lines[1].split() == ["accuracy", "1"]


class Bomb:
    """Writes a file when unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_what_is_no_such_checkpoint_is_refused_in_one_sentence(tmp_path, capsys):
    public = load_public("cumsum")
    torch.save(legacy_state(public) | {"embed.W_E": public.W_E[:7]}, tmp_path / "other_shape.pt")
    (tmp_path / "text.pt").write_text("not a checkpoint")
    torch.save(Bomb(tmp_path / "exploded"), tmp_path / "bomb.pt")
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "model.safetensors").write_text("junk")
    (tmp_path / "junk" / "config.json").write_text("{}")
    save_model(loaded(unembed__bias=torch.full((3,), torch.nan)), tmp_path / "nan")
    cases = ["other_shape.pt", "text.pt", "bomb.pt", "missing.pt", "missing", "junk", "nan"]
    for case in cases:
        assert main(["findings", "cumsum", str(tmp_path / case)]) == 1
        told = capsys.readouterr()
        assert told.out == ""
        assert len(told.err.splitlines()) == 1
        assert "weights_only" not in told.err  # PyTorch's advice would run what is inside
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("option", [["--sequences", "0"], ["--wrapped-embedding"]])
def test_options_that_make_no_sense_are_refused(tmp_path, capsys, option):
    save_model(load_public("cumsum"), tmp_path)
    assert main(["findings", "cumsum", str(tmp_path), *option]) == 1
    assert option[0] in capsys.readouterr().err

"""Findings about sorting models: a hand-made sorter's, laws of others', and the command."""

import json
from dataclasses import replace

import pytest
import torch

from glasslab.interventions import run_with
from glasslab.models import assemble, build_model, freeze, load_public, save_model
from glasslab.tasks.sorted_list import SORTED_LIST
from grader.cli import main
from grader.findings import sorted_list
from grader.findings.sorting import attribution, circuits, folding, patterns, swaps

TOKENS = SORTED_LIST.sample(32, torch.Generator().manual_seed(1))
LABELS = SORTED_LIST.label(TOKENS)
N_TOKENS = SORTED_LIST.config.d_vocab
SEP = N_TOKENS - 1
SPLIT = 20
SHAPES = {
    "two heads": SORTED_LIST.config,
    "one head": replace(SORTED_LIST.config, n_heads=1),
    "no LayerNorm": replace(SORTED_LIST.config, normalization_type=None),
}


def hand_made_sorter():
    """A sorter without LayerNorm: both heads look at the next larger token, and share the copying.

    Tokens are read from one half of the stream and written to the other. Head 0 copies numbers
    below `SPLIT`, head 1 the others.
    """
    shape = {"d_model": 2 * N_TOKENS, "d_head": N_TOKENS, "normalization_type": None}
    config = replace(SORTED_LIST.config, **shape)
    numbers = torch.arange(N_TOKENS)
    steps = numbers - numbers[:, None]  # query, key
    steps[SEP] = numbers + 1
    wanted = torch.where((steps > 0) & (numbers < SEP), -20.0 * steps, -5_000.0)
    identity, nothing = torch.eye(N_TOKENS), torch.zeros(N_TOKENS, N_TOKENS)
    reads = torch.cat([identity, nothing], dim=1)  # d_head d_model
    queries = torch.cat([wanted.T * N_TOKENS**0.5, nothing], dim=1)
    copied = [
        torch.diag(part.float()) for part in (numbers < SPLIT, (numbers >= SPLIT) & (numbers < SEP))
    ]
    weights = {name: torch.zeros_like(w) for name, w in build_model(config).state_dict().items()}
    weights |= {
        "embed.weight": torch.cat([identity, nothing], dim=1),
        "blocks.0.attn.q.weight": torch.cat([queries, queries]),
        "blocks.0.attn.k.weight": torch.cat([reads, reads]),
        "blocks.0.attn.v.weight": torch.cat([each @ reads for each in copied]),
        "blocks.0.attn.o.weight": torch.cat([nothing, identity]).repeat(1, 2),
        "unembed.weight": torch.cat([nothing, 20 * identity], dim=1),
    }
    return assemble(config, weights)


@pytest.fixture(scope="module", params=SHAPES)
def any_shape(request):
    """Fresh weights, but for attention and values so large that something happens."""
    config = SHAPES[request.param]
    state = build_model(config, seed=3).state_dict()
    loud = {name: 20 * weight for name, weight in state.items() if ".attn." in name}
    return assemble(config, state | loud)


@pytest.fixture(scope="module")
def public_findings():
    return sorted_list.measure(load_public("sorted_list"), n_sequences=8)


def without_output_of(model, head):
    """Return a copy of a model, one head of which writes nothing."""
    state = model.state_dict()
    name = "blocks.0.attn.o.weight"
    silent = state[name].clone()
    silent[:, head * model.cfg.d_head : (head + 1) * model.cfg.d_head] = 0
    return assemble(SORTED_LIST.config, state | {name: silent})


def test_the_hand_made_sorters_findings_are_what_it_was_made_for():
    found = sorted_list.measure(hand_made_sorter(), n_sequences=50)
    assert found["accuracy"] == found["entirely_right_rate"] == 1
    assert found["p_correct_min"] > 0.999
    assert found["next_larger_argmax_rate"] == {"heads": [1, 1], "either": 1}
    assert found["next_larger_mass"] == pytest.approx([1, 1])
    assert found["second_larger_argmax_rate"]["either"] == 0
    assert found["sep_to_minimum_rate"] == [1, 1]
    assert found["hypothesis_pattern_accuracy"] == found["hypothesis_pattern_agreement"] == 1
    assert found["hypothesis_pattern_tv_score"] == pytest.approx(1)
    assert found["control_accuracy"]["same_or_larger"] == pytest.approx(0.1)  # SEP's alone
    assert found["ov_copied_tokens"] == [list(range(SPLIT)), list(range(SPLIT, SEP))]
    assert found["close_triple_head"] == [0, 1, 1, 1]
    assert found["direct_path_mean_ablated_accuracy"] == 1
    assert found["close_lists_look_past_rate"] == 0
    assert found["close_lists_said"] == {"right": 1, "itself": 0, "past": 0}
    assert set(found["gap_accuracy"].values()) <= {1, None}
    assert found["two_ends_entirely_right_rate"] == found["high_lists_first_step_accuracy"] == 1
    shares = found["close_triple_attribution"]
    # Behind x only y is looked at; it is written 20 times, and 1/52 of that is every output's.
    assert shares["y_to_y"] == pytest.approx([20 * 51 / 52] * 4)
    assert shares["y_to_z"] == pytest.approx([-20 / 52] * 4)
    assert shares["z_to_z"] + shares["z_to_y"] == pytest.approx([0] * 8, abs=1e-6)


def test_findings_of_one_head_have_the_form_of_those_of_two(public_findings):
    one = sorted_list.measure(freeze(build_model(SHAPES["one head"])), n_sequences=8)
    assert json.loads(json.dumps(one, allow_nan=False)) == one
    assert list(one) == list(public_findings)
    for name in ("head_mean_ablation_loss_increase", "ov_copied_tokens", "sep_to_minimum_rate"):
        assert (len(one[name]), len(public_findings[name])) == (1, 2)
    assert one["next_larger_argmax_rate"]["heads"] == [one["next_larger_argmax_rate"]["either"]]


def test_folding_changes_no_answer_and_shares_add_up_to_the_logits(any_shape):
    own = run_with(any_shape, TOKENS).double()
    folded = folding.logits(folding.fold(any_shape), TOKENS)
    torch.testing.assert_close(folded.log_softmax(-1), own.log_softmax(-1), atol=1e-3, rtol=0)
    shares = attribution.logit_shares(any_shape, TOKENS, query=13).total()
    torch.testing.assert_close(
        shares.log_softmax(-1), own[:, 13].log_softmax(-1), atol=1e-3, rtol=0
    )


def test_a_head_that_writes_nothing_is_worth_nothing_and_copies_nothing():
    model = without_output_of(load_public("sorted_list"), 0)
    found = sorted_list.measure_heads(model, TOKENS, LABELS)
    assert found["head_mean_ablation_loss_increase"][0] == pytest.approx(0, abs=1e-6)
    alone = found["hypothesis_pattern_one_head_tv_score"]
    assert alone == pytest.approx([1, found["hypothesis_pattern_tv_score"]])
    assert sorted_list.measure_circuits(folding.fold(model))["ov_copied_tokens"][0] == []


def test_findings_of_heads_follow_the_heads_when_these_change_places():
    public = load_public("sorted_list")
    state, half = public.state_dict(), public.cfg.d_head
    for part in "qkv":
        for kind in ("weight", "bias"):
            name = f"blocks.0.attn.{part}.{kind}"
            state[name] = state[name].roll(half, dims=0)
    state["blocks.0.attn.o.weight"] = state["blocks.0.attn.o.weight"].roll(half, dims=1)
    found, turned = (
        {
            **sorted_list.measure_attention(model, TOKENS),
            **sorted_list.measure_heads(model, TOKENS, LABELS),
            **sorted_list.measure_circuits(folding.fold(model)),
            **sorted_list.measure_attribution(model, folding.fold(model), TOKENS, LABELS),
        }
        for model in (public, assemble(SORTED_LIST.config, state))
    )
    for name in ("next_larger_mass", "sep_to_minimum_rate", "head_mean_ablation_loss_increase"):
        assert turned[name] == pytest.approx(found[name][::-1], abs=1e-4)
    assert turned["ov_copied_tokens"] == found["ov_copied_tokens"][::-1]
    for name in ("y_to_y", "z_to_y"):
        whole, other = (each["close_triple_attribution"][name] for each in (found, turned))
        assert other == pytest.approx(whole, abs=1e-3)


def test_a_claims_place_is_the_next_larger_token_and_seps_the_minimum():
    sources = patterns.next_larger_source(TOKENS)
    assert TOKENS.gather(-1, sources).equal(TOKENS[:, 11:])
    assert (sources < 10).all()
    second = patterns.next_larger_source(TOKENS, rank=2)
    assert TOKENS.gather(-1, second)[:, :-1].equal(TOKENS[:, 12:])
    same = patterns.same_or_larger_source(TOKENS)
    assert TOKENS.gather(-1, same)[:, 1:].equal(TOKENS[:, 11:20])


def test_scores_are_one_for_no_change_and_nought_for_the_baseline(any_shape):
    untouched = swaps.compare(any_shape, TOKENS, LABELS)
    assert (untouched.agreement, untouched.distance, untouched.score) == (1, 0, 1)
    resampled = swaps.compare(any_shape, TOKENS, LABELS, swaps.resample(len(TOKENS)))
    assert resampled.score == 0


def test_circuits_feel_neither_a_shift_of_what_layernorm_takes_off_nor_of_all_logits():
    model = load_public("sorted_list")
    state = model.state_dict()
    shifted = {
        "embed.weight": state["embed.weight"] + torch.randn(N_TOKENS, 1),
        "unembed.weight": state["unembed.weight"] + torch.randn(1, state["ln_final.bias"].numel()),
    }
    before, after = (
        folding.fold(each) for each in (model, assemble(SORTED_LIST.config, state | shifted))
    )
    for table in (circuits.full_qk, circuits.full_ov):
        torch.testing.assert_close(table(after), table(before), atol=1e-4, rtol=1e-4)


def legacy_state(model):
    """Return a model's weights by the names and shapes that HookedTransformer saved."""
    state, block = model.state_dict(), "blocks.0."
    return {
        "embed.W_E": model.W_E,
        "pos_embed.W_pos": model.W_pos,
        **{f"{block}attn.W_{part}": getattr(model, f"W_{part}")[0] for part in "QKVO"},
        **{f"{block}attn.b_{part}": getattr(model, f"b_{part}")[0] for part in "QKVO"},
        **{f"{block}ln1.{new}": state[f"{block}ln1.{old}"] for new, old in NORM.items()},
        **{f"ln_final.{new}": state[f"ln_final.{old}"] for new, old in NORM.items()},
        "unembed.W_U": model.W_U,
        "unembed.b_U": model.b_U,
    }


NORM = {"w": "weight", "b": "bias"}


def test_the_command_reads_legacy_files_and_says_what_measure_says(
    tmp_path, capsys, public_findings
):
    path = tmp_path / "legacy.pt"
    torch.save(legacy_state(load_public("sorted_list")), path)
    assert main(["findings", "sorted_list", str(path), "--json", "--sequences", "8"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["accuracy"] > 0.95
    assert found == public_findings


def test_what_is_for_another_task_is_refused_in_one_sentence(tmp_path, capsys):
    save_model(load_public("sorted_list"), tmp_path / "sorted")
    save_model(load_public("cumsum"), tmp_path / "cumsum")
    bad = build_model(SORTED_LIST.config).state_dict()
    bad["unembed.weight"] = torch.full_like(bad["unembed.weight"], torch.nan)
    save_model(assemble(SORTED_LIST.config, bad), tmp_path / "nan")
    small = replace(SORTED_LIST.config, d_vocab=31, d_vocab_out=31)
    save_model(freeze(build_model(small)), tmp_path / "small")
    for arguments, words in (
        (["sorted_list", "sorted", "--centred"], "--centred is for cumsum models"),
        (["sorted_list", "sorted", "--wrapped-embedding"], "--wrapped-embedding is for cumsum"),
        (["sorted_list", "cumsum"], "an MLP"),
        (["cumsum", "sorted"], "Not a cumsum model"),
        (["sorted_list", "nan"], "not finite"),
        (["sorted_list", "small"], "another vocabulary than 52 tokens"),
        (["reversed_list", "sorted"], "There is no task 'reversed_list'"),
    ):
        task, folder, *options = arguments
        assert main(["findings", task, str(tmp_path / folder), *options]) == 1
        told = capsys.readouterr()
        assert told.out == "" and words in told.err and told.err.count("\n") == 1

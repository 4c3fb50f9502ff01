"""The tasks keep their laws, whatever the sizes and probabilities."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glasslab.tasks import CUMSUM, SORTED_LIST, get_task, sorted_list
from glasslab.tasks.base import UNSCORED, Recipe
from glasslab.tasks.cumsum import decode, encode, label_tokens, make_task, sample_tokens

sizes = {
    "n_sequences": st.integers(1, 40),
    "sequence_length": st.integers(1, 30),
    "max_value": st.integers(1, 9),
    "p_opposite": st.floats(0, 1),
}


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def outcome(total: int) -> int:
    """The class of a running sum, by the rule in words."""
    return 0 if total < 0 else 2 if total > 0 else 1


@given(seed=st.integers(0, 2**32), **sizes)
def test_ids_stay_in_the_vocabulary(seed, n_sequences, **options):
    tokens = sample_tokens(n_sequences, generator(seed), **options)
    assert tokens.shape == (n_sequences, options["sequence_length"])
    assert tokens.dtype == torch.int64
    assert tokens.min() >= 0
    assert tokens.max() <= 2 * options["max_value"]


@given(seed=st.integers(0, 2**32), **sizes)
def test_labels_are_the_sign_of_the_running_sum(seed, n_sequences, **options):
    max_value = options["max_value"]
    tokens = sample_tokens(n_sequences, generator(seed), **options)
    expected = []
    for sequence in tokens.tolist():
        total, row = 0, []
        for token in sequence:
            total += token - max_value
            row.append(outcome(total))
        expected.append(row)
    assert label_tokens(tokens, max_value).tolist() == expected


def test_the_published_example():
    values = torch.tensor([[0, +1, -3, +2, +1, +1]])
    assert CUMSUM.label(encode(values)).tolist() == [[1, 2, 0, 1, 2, 2]]


@pytest.mark.parametrize("p_opposite", [0.0, 1.0])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_at_the_extremes_every_step_goes_one_way(p_opposite, seed):
    values = decode(sample_tokens(50, generator(seed), p_opposite=p_opposite)).tolist()
    for sequence in values:
        total = sequence[0]
        for value in sequence[1:]:
            goes_down = (total > 0) == (p_opposite == 1.0)
            assert value <= 0 if goes_down else value >= 0
            total += value


def test_the_probability_is_the_one_asked_for():
    values = decode(sample_tokens(4_000, generator(0), p_opposite=0.7))
    before, step = values.cumsum(-1)[:, :-1], values[:, 1:]
    moved = step != 0
    against = (before > 0) == (step < 0)
    assert against[moved].double().mean().item() == pytest.approx(0.7, abs=0.01)
    counts = values[:, 0].add(5).bincount(minlength=11) / len(values)
    assert counts.tolist() == pytest.approx([1 / 11] * 11, abs=0.02)


@pytest.mark.parametrize("task", [CUMSUM, SORTED_LIST], ids=lambda task: task.name)
@given(seed=st.integers(0, 2**32))
def test_a_generator_decides_everything(task, seed):
    first, again = (task.sample(5, generator(seed)) for _ in range(2))
    assert first.equal(again)
    running = generator(seed)
    assert not task.sample(5, running).equal(task.sample(5, running))


@given(st.lists(st.integers(-5, 5), min_size=1))
def test_encode_and_decode_undo_each_other(values):
    tokens = encode(torch.tensor(values))
    assert decode(tokens).tolist() == values
    assert [CUMSUM.vocabulary[token] for token in tokens.tolist()] == [
        f"{value:+d}" if value else "0" for value in values
    ]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sample_tokens(0, generator(0)), "n_sequences must be at least 1, got 0"),
        (lambda: sample_tokens(1, generator(0), sequence_length=0), "sequence_length"),
        (lambda: sample_tokens(1, generator(0), max_value=0), "max_value"),
        (lambda: sample_tokens(1, generator(0), p_opposite=1.5), "probability in 0..1, got 1.5"),
        (lambda: sample_tokens(1, generator(0), p_opposite=float("nan")), "probability"),
        (lambda: encode(torch.tensor([6])), "-5..5"),
        (lambda: decode(torch.tensor([-1])), "0..10; got -1"),
        (lambda: decode(torch.tensor([11])), "0..10"),
        (lambda: sorted_list.sample_lists(0, generator(0)), "n_lists must be at least 1, got 0"),
        (lambda: sorted_list.sample_lists(1, generator(0), list_length=0), "list_length"),
        (lambda: sorted_list.sample_lists(1, generator(0), max_value=8), "at least 9, got 8"),
        (lambda: sorted_list.with_answers(torch.tensor([[51]])), "0..50; got 51 to 51"),
        (lambda: sorted_list.with_answers(torch.tensor([[-1]])), "0..50"),
        (lambda: get_task("sorting"), "the tasks are: cumsum"),
        (lambda: Recipe(epochs=0), "epochs must be at least 1"),
    ],
)
def test_bad_requests_say_what_is_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@given(sequence_length=st.integers(1, 30), max_value=st.integers(1, 9))
@settings(max_examples=20)
def test_a_task_of_another_size_fits_itself(sequence_length, max_value):
    task = make_task(sequence_length=sequence_length, max_value=max_value)
    tokens = task.sample(10, generator(1))
    assert tokens.shape[1] == task.config.n_ctx
    assert tokens.max() < task.config.d_vocab == len(task.vocabulary)
    assert task.label(tokens).max() < task.config.d_vocab_out == len(task.outputs)


@st.composite
def list_sizes(draw: st.DrawFn) -> dict[str, int]:
    length = draw(st.integers(1, 15))
    return {"list_length": length, "max_value": draw(st.integers(length - 1, 60).filter(bool))}


@given(seed=st.integers(0, 2**32), n_lists=st.integers(1, 40), sizes=list_sizes())
def test_a_list_is_written_again_sorted_and_only_the_answer_is_scored(seed, n_lists, sizes):
    task = sorted_list.make_task(**sizes)
    length, separator = sizes["list_length"], sizes["max_value"] + 1
    tokens = task.sample(n_lists, generator(seed))
    assert tokens.shape == (n_lists, 2 * length + 1) == (n_lists, task.config.n_ctx)
    assert tokens.dtype == torch.int64
    assert task.config.d_vocab == task.config.d_vocab_out == len(task.vocabulary) == separator + 1
    assert task.vocabulary[separator] == "SEP"
    assert task.scored is not None
    for row, labels in zip(tokens.tolist(), task.label(tokens).tolist()):
        unsorted, middle, answer = row[:length], row[length], row[length + 1 :]
        assert middle == separator
        assert answer == sorted(unsorted)
        assert len(set(unsorted)) == length
        assert min(unsorted) >= 0 and max(unsorted) < separator
        assert [labels[position] for position in task.scored] == answer
        unscored = set(range(2 * length + 1)) - set(task.scored)
        assert {labels[position] for position in unscored} == {UNSCORED}


def test_every_list_is_equally_likely():
    lists = sorted_list.sample_lists(6_000, generator(0), list_length=2, max_value=2)
    pairs, counts = lists.unique(dim=0, return_counts=True)
    assert pairs.tolist() == [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]]
    assert counts.div(6_000).tolist() == pytest.approx([1 / 6] * 6, abs=0.02)


def test_lists_of_ones_own_get_their_answers():
    tokens = sorted_list.with_answers(torch.tensor([[9, 0, 4]]))
    assert tokens.tolist() == [[9, 0, 4, 51, 0, 4, 9]]
    assert SORTED_LIST.label(tokens).tolist() == [[*[UNSCORED] * 3, 0, 4, 9, UNSCORED]]


def test_the_learning_rate_falls_in_equal_steps_to_its_end():
    recipe = CUMSUM.recipe
    rates = [recipe.learning_rate_at(epoch) for epoch in range(recipe.epochs)]
    falls = [a - b for a, b in pairwise(rates)]
    assert rates[-1] == pytest.approx(recipe.final_learning_rate)
    assert falls == pytest.approx([4.5e-5] * 19)

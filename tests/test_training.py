"""Training follows its recipe, and a seed means the same model: again, alone, or in a group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glasslab import lean_attention
from glasslab.lean import covers, lean_logits
from glasslab.lean_attention import lean_attention_logits
from glasslab.models import build_model, to_bytes
from glasslab.tasks import CUMSUM, SORTED_LIST
from glasslab.tasks.base import UNSCORED, Labels, ModelConfig, Recipe, Tokens
from glasslab.tasks.sorted_list import SEP
from glasslab.training import Trained, train, train_many

TINY = Recipe(epochs=2, batch_size=64, train_size=400, validation_size=50)
LEARNS = Recipe(epochs=2, batch_size=64, train_size=4_000, validation_size=500, learning_rate=1e-2)
TOKENS = CUMSUM.sample(200, torch.Generator().manual_seed(9))
NORMALISED = replace(CUMSUM, config=ModelConfig(20, 11, 3, normalization_type="LN"))


def cross_entropy(trained: Trained) -> float:
    logits = trained.model(TOKENS).flatten(0, 1)
    return torch.nn.functional.cross_entropy(logits, CUMSUM.label(TOKENS).flatten()).item()


def test_training_learns_and_tells_the_story():
    trained = train(CUMSUM, LEARNS, seed=1, progress=False)
    history = trained.history
    assert [len(part) for part in vars(history).values()] == [2, 2, 2]
    assert history.train_loss[1] < history.train_loss[0]
    assert history.validation_accuracy[1] > 0.75
    assert trained.best_epoch == 1
    assert cross_entropy(trained) == pytest.approx(history.validation_loss[1], abs=0.05)
    assert not any(parameter.requires_grad for parameter in trained.model.parameters())


def test_a_seed_gives_the_same_bits_whatever_happened_before():
    torch.manual_seed(1)
    first = train(CUMSUM, TINY, seed=5, progress=False)
    torch.manual_seed(2)
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    again = train(CUMSUM, TINY, seed=5, progress=False)
    assert torch.get_num_threads() == threads + 1
    torch.set_num_threads(threads)
    assert to_bytes(first.model) == to_bytes(again.model)
    assert first.history == again.history
    assert to_bytes(train(CUMSUM, TINY, seed=6, progress=False).model) != to_bytes(first.model)


def test_a_group_gives_the_same_bits_again():
    first, again = (train_many(CUMSUM, TINY, seeds=[1, 2, 3], progress=False) for _ in range(2))
    assert [to_bytes(each.model) for each in first] == [to_bytes(each.model) for each in again]


@pytest.mark.parametrize(
    "task", [CUMSUM, SORTED_LIST, NORMALISED], ids=["lean", "lean attention", "through the bridge"]
)
def test_a_seed_means_the_same_model_alone_and_in_a_group(task):
    seeds = [3, 1, 2]
    for seed, grouped in zip(seeds, train_many(task, TINY, seeds=seeds, progress=False)):
        alone = train(task, TINY, seed=seed, progress=False)
        assert grouped.best_epoch == alone.best_epoch
        assert grouped.history.train_loss == pytest.approx(alone.history.train_loss, abs=1e-4)
        tokens = task.sample(20, torch.Generator().manual_seed(9))
        torch.testing.assert_close(grouped.model(tokens), alone.model(tokens), atol=2e-3, rtol=1e-3)


def test_the_lean_forward_is_the_bridges():
    model = build_model(CUMSUM.config, seed=4)
    weights = model.state_dict(keep_vars=True)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():  # Fresh biases are zero, and would hide a bias that is left out.
        for weight in weights.values():
            weight.copy_(torch.randn(weight.shape, generator=generator) / 4)
    torch.testing.assert_close(lean_logits(weights, TOKENS), model(TOKENS), atol=1e-4, rtol=1e-4)
    shorter = TOKENS[:, :7]
    torch.testing.assert_close(lean_logits(weights, shorter), model(shorter), atol=1e-4, rtol=1e-4)
    assert covers(CUMSUM.config)
    for other in ({"n_layers": 2}, {"n_heads": 2}, {"d_mlp": None}, {"act_fn": "gelu"}):
        assert not covers(replace(CUMSUM.config, **other))
    assert not covers(NORMALISED.config)


@given(
    n_heads=st.integers(1, 3),
    normalization_type=st.sampled_from([None, "LN"]),
    start=st.integers(0, 20),
    length=st.integers(1, 21),
    step=st.integers(1, 3),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=20, deadline=None)
def test_the_lean_attention_has_the_bridges_logits_and_gradients(
    n_heads, normalization_type, start, length, step, seed
):
    config = ModelConfig(
        21, 52, 52, 1, n_heads, 12, 5, d_mlp=None, normalization_type=normalization_type
    )
    assert lean_attention.covers(config)
    model = build_model(config).double()
    weights = model.state_dict(keep_vars=True)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in weights.values():
            weight.copy_(torch.randn(weight.shape, generator=generator) / 2)
    tokens = SORTED_LIST.sample(5, generator)
    scored = range(start, min(start + length, 21), step)

    expected = model.original_model(tokens)[:, scored.start : scored.stop : scored.step]
    found = lean_attention_logits(weights, tokens, n_heads=n_heads, scored=scored)
    torch.testing.assert_close(found, expected)
    trained = [weight for weight in weights.values() if weight.requires_grad]
    pull = torch.randn(expected.shape, generator=generator, dtype=expected.dtype)
    torch.testing.assert_close(
        torch.autograd.grad((found * pull).sum(), trained),
        torch.autograd.grad((expected * pull).sum(), trained),
    )


def test_the_lean_attention_says_what_it_does_not_cover():
    assert lean_attention.covers(SORTED_LIST.config)
    for other in ({"n_layers": 2}, {"d_mlp": 8}, {"normalization_type": "RMS"}):
        assert not lean_attention.covers(replace(SORTED_LIST.config, **other))


def sevens(elsewhere: int) -> Callable[[Tokens], Labels]:
    """Labels that are 7 at SEP, and otherwise wrong to learn: as many as there are numbers."""
    return lambda tokens: torch.where(tokens == SEP, 7, torch.full_like(tokens, elsewhere))


@pytest.mark.parametrize(
    "task",
    [
        replace(SORTED_LIST, label=sevens(elsewhere=UNSCORED)),
        replace(SORTED_LIST, label=sevens(elsewhere=8), scored=range(10, 11)),
    ],
    ids=["unscored by its label", "outside the scored positions"],
)
def test_only_what_is_scored_is_trained_and_measured(task):
    recipe = Recipe(epochs=2, batch_size=32, train_size=320, validation_size=40, learning_rate=1e-2)
    for trained in (
        train(task, recipe, seed=1, progress=False),
        *train_many(task, recipe, seeds=[1], progress=False),
    ):
        history = trained.history
        assert history.validation_accuracy[-1] == 1.0
        assert max(history.train_loss[-1], history.validation_loss[-1]) < 0.5
        said = trained.model(task.sample(20, torch.Generator().manual_seed(3))).argmax(-1)
        assert (said[:, 10] == 7).all()


def test_the_weights_kept_are_those_of_the_best_epoch():
    # The rates are 0.01, then 1: the second epoch ruins what the first has learnt.
    ruinous = replace(LEARNS, learning_rate=-0.98, final_learning_rate=1.0)
    trained = train(CUMSUM, ruinous, seed=1, progress=False)
    best, accuracy = trained.best_epoch, trained.history.validation_accuracy
    assert best == 0
    assert accuracy[best] == max(accuracy)
    assert cross_entropy(trained) == pytest.approx(trained.history.validation_loss[best], rel=0.2)


def test_weight_decay_shrinks_and_another_label_teaches_something_else():
    decayed = train(CUMSUM, replace(TINY, weight_decay=5.0), seed=1, progress=False)
    free = train(CUMSUM, replace(TINY, weight_decay=0.0), seed=1, progress=False)
    assert decayed.model.W_U.norm() < free.model.W_U.norm()

    always_zero = replace(CUMSUM, label=lambda tokens: torch.ones_like(tokens))
    for trained in (
        train(always_zero, LEARNS, seed=1, progress=False),
        *train_many(always_zero, LEARNS, seeds=[1], progress=False),
    ):
        assert (trained.model(TOKENS).argmax(-1) == 1).all()


def test_a_recipe_by_default_is_the_tasks_own():
    task = replace(CUMSUM, recipe=TINY)
    assert train(task, seed=1, progress=False).history == (
        train(task, TINY, seed=1, progress=False).history
    )


def test_progress_is_shown_unless_it_is_off(capsys):
    train(CUMSUM, TINY, seed=1, progress=False)
    train_many(CUMSUM, TINY, seeds=[1], progress=False)
    assert capsys.readouterr().err == ""
    train(CUMSUM, TINY, seed=1)
    assert "14/14" in capsys.readouterr().err
    train_many(CUMSUM, TINY, seeds=[1, 2])
    assert "4/4" in capsys.readouterr().err


@pytest.mark.parametrize("seeds", [[], [1, 2, 1]])
def test_a_group_needs_different_seeds(seeds):
    with pytest.raises(ValueError, match="different seeds"):
        train_many(CUMSUM, TINY, seeds=seeds, progress=False)

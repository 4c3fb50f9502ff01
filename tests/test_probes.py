"""What all probes promise: an order that betrays nothing, words, points, models in disguise."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from glasslab.interventions import run_with
from glasslab.models import build_model
from glasslab.tasks.base import ModelConfig
from glasslab.tasks.cumsum import CUMSUM
from grader.examiner import _questions
from grader.hidden import judge_here
from grader.probes import PROBES
from grader.probes.base import (
    RIGHT,
    Judgement,
    Probe,
    Question,
    close_to,
    fatally_wrong,
    shuffled_questions,
    wrong,
)
from grader.probes.disguise import disguise
from grader.report import in_words, score
from grader.suite import Suite

YES, NO = ("hidden models", RIGHT), ("hidden models", wrong("a slip"))
DECOY, MISSED_DECOY = ("decoys", RIGHT), ("decoys", wrong("a slip"))


def close_exactly(question: Question, answer: object) -> Judgement:
    return close_to(question, answer, atol=0)


def numbered(name: str = "toy") -> Probe:
    def ask(suite: Suite) -> list[Question]:
        return [Question("numbers", (i,), i) for i in range(20)]

    return Probe(name, ask, lambda question, answer: close_to(question, answer, atol=0))


def test_questions_come_in_an_order_of_the_suites_own():
    one, other = (Suite("toy", (), question_seed=seed) for seed in (1, 2))

    def order(suite: Suite, name: str = "toy") -> list[int]:
        return [question.expected for question in shuffled_questions(numbered(name), suite)]

    assert sorted(order(one)) == list(range(20))
    assert order(one) == order(one)
    orders = [list(range(20)), order(one), order(other), order(one, "another")]
    assert all(a != b for a, b in itertools.combinations(orders, 2))


def test_examiner_and_solution_notebook_ask_in_that_order():
    suite, heard = Suite("toy", (), question_seed=1), []
    judge_here(numbered(), heard.append, suite)
    expected = [question.expected for question in shuffled_questions(numbered(), suite)]
    assert heard == expected
    assert [question.expected for question in _questions(numbered(), suite)] == expected


def test_words_name_groups_in_one_order_whatever_was_asked_first():
    words = "Held on 1 of 2 hidden models; fooled by none of 1 decoys. Where it was wrong: a slip."
    for judged in itertools.permutations((YES, NO, DECOY)):
        assert in_words(judged) == words


@pytest.mark.parametrize(
    ("judged", "in_part", "all_or_nothing"),
    [
        ((YES, YES, DECOY), 1, 1),
        ((YES, NO, DECOY), 0.5, 0),
        ((YES, YES, MISSED_DECOY), 0, 0),
        ((), 0, 0),
    ],
)
def test_without_partial_credit_all_must_be_right(judged, in_part, all_or_nothing):
    assert score(judged, partial_credit=True) == in_part
    assert score(judged, partial_credit=False) == all_or_nothing


def test_one_fatal_mistake_costs_everything_and_is_the_one_told():
    judged = [YES, YES, DECOY, MISSED_DECOY, NO, ("hidden models", fatally_wrong("a broken bound"))]
    assert score(judged[:-1], partial_credit=True) == 0.5
    assert score(judged, partial_credit=True) == 0
    assert in_words(judged).endswith("Where it was wrong: a broken bound.")


def test_only_choices_are_all_or_nothing():
    """Half of the answers to a yes-or-no question are right by luck."""
    assert {name for name, probe in PROBES.items() if not probe.partial_credit} == {
        "training.decay",
        "attention.verdict",
        "mlp.roles",
        "attribution.safe",
    }


@pytest.mark.parametrize("answer", [2.0, np.array(2.0), np.array([2.0]), np.array([[2.0]])])
def test_one_number_may_come_with_axes_of_length_one(answer):
    assert close_to(Question("toy", (), 2.0), answer, atol=0).right
    assert not close_to(Question("toy", (), [2.0, 2.0]), answer, atol=0).right


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("d_mlp", [8, None])
def test_a_disguise_keeps_the_logits_and_no_weight(scale, d_mlp):
    config = ModelConfig(n_ctx=20, d_vocab=11, d_vocab_out=3, n_layers=2, n_heads=2, d_mlp=d_mlp)
    generator = torch.Generator().manual_seed(0)
    model = build_model(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2, generator=generator)
    tokens = CUMSUM.sample(16, generator)
    hidden = disguise(model, generator, scale=scale)
    logits = run_with(model, tokens)
    torch.testing.assert_close(run_with(hidden, tokens), logits, atol=1e-4, rtol=1e-5)
    assert float(hidden.W_E.norm()) / float(model.W_E.detach().norm()) == pytest.approx(
        scale, rel=1e-5
    )
    before = model.state_dict()
    for name, weight in hidden.state_dict().items():
        if name != "unembed.bias":
            assert not torch.allclose(weight, before[name]), name


def test_a_model_that_no_disguise_fits_is_refused():
    config = ModelConfig(n_ctx=5, d_vocab=3, d_vocab_out=3, normalization_type="LN")
    with pytest.raises(ValueError, match="normalisation"):
        disguise(build_model(config), torch.Generator(), scale=2.0)


def test_no_norm_of_the_embedding_tells_hidden_models_from_decoys(suite):
    lengths: dict[bool, list[float]] = {True: [], False: []}
    for question in PROBES["attention.verdict"].ask(suite):
        lengths[question.expected].append(float(question.args[0].W_E.norm()))
    assert max(lengths[True]) > min(lengths[False])
    assert max(lengths[False]) > min(lengths[True])


def test_threads_never_run_hidden_models_at_once_and_make_questions_once():
    running, most, made = [], [], []

    def ask(suite: Suite) -> list[Question]:
        running.append(1)
        most.append(len(running))
        made.append(1)
        time.sleep(0.02)
        running.pop()
        return [Question("numbers", (1,), 1)]

    probes = [Probe(f"toy.{i}", ask, close_exactly) for i in range(4)]
    suite = Suite("toy", (), question_seed=1)
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda i: _questions(probes[i % 4], suite), range(16)))
    assert max(most) == 1 and len(made) == 4
    assert all(questions[0].expected == 1 for questions in asked)

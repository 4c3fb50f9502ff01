"""Public checks: three states, reasons in words, and laws that only right answers obey."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import glasslab.checks as checks
from glasslab.checks import Incorrect, State, data
from glasslab.checks.expect import as_tensor
from glasslab.checks.session import Session

ANSWERS = Path(__file__).parent / "answers" / "01_data"


def _wants_two(answer):
    if answer() != 2:
        raise Incorrect("expected 2")
    return "it is two"


@pytest.fixture
def session():
    return Session(laws={"sums.two": _wants_two, "sums.other": _wants_two, "else.one": _wants_two})


def stub(*_):
    raise NotImplementedError("Your code here")


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def _raises(error):
    def answer():
        raise error

    return answer


def test_a_right_answer_is_correct_and_its_note_is_shown(session):
    assert str(session.run("sums.two", lambda: 2)) == "✓ sums.two: it is two"


def test_a_wrong_answer_is_told_what_was_expected(session):
    outcome = session.run("sums.two", lambda: 3)
    assert (outcome.state, outcome.reason) == (State.INCORRECT, "expected 2")


@pytest.mark.parametrize("answer", [stub, None, ..., _raises(NotImplementedError())])
def test_a_stub_is_not_attempted(session, answer):
    assert session.run("sums.two", answer).state is State.NOT_ATTEMPTED


@pytest.mark.parametrize(
    "error",
    [
        ValueError("odd\nshape"),
        KeyError(3),
        RecursionError("too deep"),
        SystemExit(1),
        Unprintable(),
        # torch's own way of saying that it lacks an operation: an attempt, not a stub
        NotImplementedError('"add" not implemented for this type'),
    ],
)
def test_whatever_an_answer_raises_becomes_a_reason(session, error):
    outcome = session.run("sums.two", _raises(error))
    assert outcome.state is State.INCORRECT
    assert outcome.reason.startswith(f"your function raised {type(error).__name__}")
    assert "\n" not in outcome.reason


def test_a_reason_names_the_line_of_the_learners_cell(session):
    cell = {}
    source = "def answer():\n    x = 0\n    return 1 / x\n"
    exec(compile(source, "/tmp/ipykernel_7/123.py", "exec"), cell)
    assert "(line 3 of its cell)" in session.run("sums.two", cell["answer"]).reason


def test_a_number_handed_in_instead_of_a_function_is_explained(session):
    outcome = session.run("sums.two", 2)
    assert outcome.state is State.INCORRECT
    assert "an answer is a function" in outcome.reason


def test_an_interrupt_is_never_swallowed(session):
    with pytest.raises(KeyboardInterrupt):
        session.run("sums.two", _raises(KeyboardInterrupt()))


def test_the_very_object_is_handed_in_even_if_it_is_wrong(session):
    first, second = (lambda: 3), (lambda: 2)
    session.run("sums.two", first)
    assert session.handed_in["sums.two"] is first
    session.run("sums.two", second)
    assert session.handed_in == {"sums.two": second}


def test_an_unknown_check_is_refused_and_the_known_ones_named(session):
    with pytest.raises(ValueError, match=r"sums\.two"):
        session.run("sums.three", stub)
    assert session.handed_in == {}


def test_progress_counts_one_unit_and_lists_what_is_left(session):
    session.run("sums.two", lambda: 2)
    bar, *lines = session.summary("sums.").splitlines()
    assert bar == "█░ 1 of 2 correct"
    assert lines == ["✓ sums.two: it is two", "· sums.other: not run yet"]


def test_progress_follows_the_newest_check(session):
    session.run("sums.two", lambda: 2)
    session.run("sums.two", stub)
    assert session.summary("sums.").startswith("░░ 0 of 2 correct")


def test_solved_lets_pictures_wait_for_their_answers(session, monkeypatch, capsys):
    monkeypatch.setattr(checks, "SESSION", session)
    session.run("sums.two", lambda: 2)
    assert checks.solved("sums.two")
    assert not checks.solved("sums.two", "sums.other")
    assert capsys.readouterr().out == (
        "· waiting for sums.other: run this cell again after a ✓ there\n"
    )


def test_check_prints_and_hands_in_and_progress_finds_it(monkeypatch, capsys):
    monkeypatch.setattr(checks, "SESSION", Session(laws={}))
    checks.check("data.class_shares", stub)
    assert capsys.readouterr().out == "· data.class_shares: still the stub\n"
    assert checks.SESSION.handed_in == {"data.class_shares": stub}
    checks.progress("data")
    assert "· data.class_shares: still the stub" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r"data\.class_shares"):
        checks.check("data.clas_shares", stub)
    with pytest.raises(ValueError, match="orientation, data, training"):
        checks.progress("datum")


def test_checking_data_needs_no_model_library():
    code = (
        "import sys; from glasslab.checks import check, progress; "
        "check('data.class_shares', None); progress('data'); "
        "sys.exit('transformer_lens' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "is a return missing"),
        ("text", r"\[position, class\] = \[2, 3\]"),
        (torch.zeros(3, 2), r"got \[3, 2\]"),
        (torch.full((2, 3), torch.nan), "position 0, class 0 is nan"),
        (torch.zeros(2, 3, dtype=torch.complex64), "real numbers"),
    ],
)
def test_an_answer_of_the_wrong_form_is_told_which_form_was_wanted(answer, words):
    with pytest.raises(Incorrect, match=words):
        as_tensor(answer, {"position": 2, "class": 3})


@pytest.mark.parametrize("answer", [[[1, 2]], np.array([[1, 2]]), torch.tensor([[1, 2]])])
def test_lists_and_arrays_count_as_tensors(answer):
    assert as_tensor(answer, {"batch": 1, "position": 2}, "whole numbers").tolist() == [[1, 2]]


def test_labels_that_are_not_whole_numbers_are_refused():
    with pytest.raises(Incorrect, match="whole numbers"):
        as_tensor(torch.ones(2), {"batch": 2}, "whole numbers")


def _answer(cell: str, variant: str):
    names = {name: getattr(data, name) for name in ("torch", "decode", "sample_tokens")}
    names |= {"label_tokens": data.label_tokens, "seeded": data._generator}
    return runpy.run_path(str(ANSWERS / cell / f"{variant}.py"), init_globals=names)[cell]


@pytest.mark.parametrize(
    ("cell", "variant", "reason"),
    [
        ("carried_labels", "wrong_ignores_start", "with a carried sum of -2"),
        ("carried_labels", "wrong_public_five", "max_value=8"),
        ("unwrapped_embedding", "wrong_roll_by_five", "with 5 rows"),
        ("tokens_from_draws", "wrong_zero_is_positive", "the running sum before it is 0"),
        ("tokens_from_draws", "wrong_values_not_ids", "are these still the values?"),
        ("sum_distribution", "wrong_axes_swapped", "[position, sum]"),
        ("sum_distribution", "wrong_zero_is_positive", "of 20,000 sampled sequences"),
        ("sum_distribution", "wrong_from_samples", "counted from samples"),
        ("class_shares", "wrong_reversed", "all the share belongs to negative"),
        ("fitted_table", "wrong_not_raised", "divided by zero"),
        ("sign_rule_accuracy", "wrong_one_position_late", "only positive tokens agree"),
        ("prefix_leakage", "wrong_order_ignored", "the share rises"),
    ],
)
def test_a_plausible_mistake_is_named(cell, variant, reason):
    outcome = Session(data.LAWS).run(f"data.{cell}", _answer(cell, variant))
    assert outcome.state is State.INCORRECT
    assert reason in outcome.reason


def test_an_embedding_changed_in_place_is_noticed():
    def in_place(W_E):
        W_E[:] = W_E.roll(len(W_E) // 2, dims=0)
        return W_E

    outcome = Session(data.LAWS).run("data.unwrapped_embedding", in_place)
    assert "leave W_E be" in outcome.reason

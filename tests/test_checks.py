"""Public checks: three states, reasons in words, and laws that only right answers obey."""

import linecache
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import glasslab.checks as checks
from glasslab.checks import (
    UNITS,
    Incorrect,
    State,
    adversarial,
    attention,
    data,
    names_of,
    orientation,
)
from glasslab.checks.expect import as_tensor, entries, near, number, same, truth
from glasslab.checks.session import Session
from glasslab.checks.words import LONGEST
from glasslab.first_step import first_step

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
        raise SystemExit("no words")


class Endless(BaseException):
    def __str__(self):
        return "long " * 100_000


class Hostile:
    """Whatever is asked of it, it raises or shouts."""

    def __repr__(self):
        return "shout " * 100_000

    def _refuses(self, *_):
        raise SystemExit("hostile")

    __len__ = __iter__ = __getitem__ = __float__ = __bool__ = __eq__ = __array__ = _refuses


def _recursive():
    return _recursive()


def _generator():
    yield 2


def _raises(error):
    def answer():
        raise error

    return answer


def test_a_right_answer_is_correct_and_its_note_is_shown(session):
    assert str(session.run("sums.two", lambda: 2)) == "✓ sums.two: it is two"


def test_a_wrong_answer_is_told_what_was_expected(session):
    outcome = session.run("sums.two", lambda: 3)
    assert (outcome.state, outcome.reason) == (State.INCORRECT, "expected 2")


def _unfinished():
    len("some work")
    raise NotImplementedError("Your code here")


def _built_on_a_stub():
    return stub() + 1


def _no_more_than_a_docstring():
    """What it should do."""


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (stub, "still the stub"),
        (_raises(NotImplementedError()), "still the stub"),
        (None, "nothing to check yet"),
        (..., "nothing to check yet"),
        (_no_more_than_a_docstring, "there is nothing in the function yet"),
        (lambda: ..., "there is nothing in the function yet"),
        (_unfinished, "the stub's last line, which raises NotImplementedError, is still there"),
        (_built_on_a_stub, "it calls stub, which is still the stub"),
    ],
)
def test_what_is_not_attempted_is_told_apart_and_says_what_is_missing(session, answer, words):
    outcome = session.run("sums.two", answer)
    assert outcome.state is State.NOT_ATTEMPTED
    assert words in outcome.reason


@pytest.mark.parametrize(
    "error",
    [
        ValueError("odd\nshape"),
        KeyError(3),
        RecursionError("too deep"),
        SystemExit(1),
        Unprintable(),
        Endless(),
        # torch's own way of saying that it lacks an operation: an attempt, not a stub
        NotImplementedError('"add" not implemented for this type'),
    ],
)
def test_whatever_an_answer_raises_becomes_a_reason(session, error):
    outcome = session.run("sums.two", _raises(error))
    assert outcome.state is State.INCORRECT
    assert outcome.reason.startswith(f"your function raised {type(error).__name__}")
    assert "\n" not in outcome.reason
    assert len(outcome.reason) <= LONGEST


def test_a_function_that_calls_itself_without_end_is_told_so(session):
    reason = session.run("sums.two", _recursive).reason
    assert "RecursionError" in reason and "call itself without end" in reason


def test_a_changed_first_line_is_told_so(session):
    reason = session.run("sums.two", lambda more: more).reason
    assert "can't be called as it is meant to be" in reason and "'more'" in reason


def test_what_a_check_stumbles_over_is_not_blamed_on_the_function(session):
    for returned in (Hostile(), torch.zeros(2, 3)):
        outcome = session.run("sums.two", lambda returned=returned: returned)
        assert outcome.state is State.INCORRECT
        assert outcome.reason.startswith(("what your function returned can't be checked", "expect"))


def test_a_reason_names_the_line_of_the_learners_cell(session):
    cell = {}
    source = "def answer():\n    x = 0\n    return 1 / x\n"
    exec(compile(source, "/tmp/ipykernel_7/123.py", "exec"), cell)
    assert "(line 3 of its cell)" in session.run("sums.two", cell["answer"]).reason
    name = "/tmp/ipykernel_7/123.py"
    lines = [str(line) for line in source.splitlines(keepends=True)]
    linecache.cache[name] = (len(source), None, lines, name)
    assert "(line 3 of its cell: `return 1 / x`)" in session.run("sums.two", cell["answer"]).reason
    exec(compile("def outer():\n    return answer()\n", "<cell 8>", "exec"), cell)
    assert "(in answer, line 3 of its cell:" in session.run("sums.two", cell["outer"]).reason


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
    assert "· data.class_shares: still the stub" in repr(checks.progress("data"))
    with pytest.raises(ValueError, match=r"data\.class_shares"):
        checks.check("data.clas_shares", stub)
    with pytest.raises(ValueError, match="orientation, data, training"):
        checks.progress("datum")


def test_checking_data_needs_no_model_library():
    code = (
        "import sys; from glasslab.checks import check, progress; "
        "check('data.class_shares', None); progress('data'); progress(); "
        "sys.exit('transformer_lens' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "is a return missing"),
        (..., "what belongs in its place"),
        ("text", r"\[position, class\] = \[2, 3\].* a str that can't"),
        (_generator(), "got a generator that can't"),
        (stub, "call it, with brackets"),
        (range(10**12), "got a range of 1000000000000"),
        ([[1.0, 2.0, 3.0], [1.0]], "are its rows of one length"),
        ([torch.zeros(3), torch.zeros(3)], "torch.stack"),
        (torch.zeros(3, 2), r"got \[3, 2\]: the axes are there, in another order"),
        (torch.zeros(3, 2), "in another order"),
        (torch.zeros(2, 1, 3), r"got \[2, 1, 3\]: an axis of size 1 too many"),
        (torch.zeros(4, 2, 3), "one axis too many, the first"),
        (torch.zeros(3), "the axis 'position' is missing"),
        (torch.zeros(2, 4), "'class' should have another size"),
        (torch.full((2, 3), torch.nan), r"\[0, 0\] \(position 0, class 0\) is nan"),
        (torch.zeros(2, 3, dtype=torch.complex64), "real numbers"),
    ],
)
def test_an_answer_of_the_wrong_form_is_told_which_form_was_wanted(answer, words):
    with pytest.raises(Incorrect, match=words):
        as_tensor(answer, {"position": 2, "class": 3})


TABLE = 0.123 + torch.arange(12.0).reshape(3, 4).double() ** 1.5


def _reason(got, expected=TABLE):
    with pytest.raises(Incorrect) as told:
        same(got, expected, ("row", "column"), "the law")
    return str(told.value)


def test_where_two_tables_differ_first_is_told_and_what_it_should_be_is_not():
    got = TABLE.clone()
    got[1, 2], got[2, 0] = 7.25, 99.0
    assert _reason(got) == (
        "the law: first differs at [1, 2] (row 1, column 2), where yours is 7.25, too low; 2 of 12 "
        "entries differ"
    )
    got[0, 1] = torch.nan
    assert "[0, 1] (row 0, column 1), where yours is nan; 3 of 12" in _reason(got)
    whole = TABLE.long()
    assert "too" not in _reason(whole + (whole > 4).long(), whole)  # a class isn't high or low


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (-TABLE, "but for the sign"),
        (2 * TABLE, "too large by one and the same factor"),
        (TABLE / 20, "too small by one and the same factor"),
        (TABLE + 3, "too high by one and the same number"),
        (TABLE.flip(1), "in reverse order along 'column'"),
        (torch.cat([TABLE[:, 1:], TABLE[:, :1]], 1), "shifted by one along 'column'"),
        (torch.cat([TABLE[:, :1], TABLE[:, :-1]], 1), "shifted by one along 'column'"),
    ],
)
def test_a_table_that_is_wrong_in_one_simple_way_is_told_which(got, words):
    assert words in _reason(got)


def test_a_laws_question_is_asked_at_the_end():
    for why in ("the law. Is it?", "the law; is it?"):
        with pytest.raises(
            Incorrect, match=r"^the law: first .* All is right but .* sign. Is it\?$"
        ):
            same(-TABLE, TABLE, ("row", "column"), why)


def test_a_turned_table_is_told_so():
    square = TABLE[:, :3]
    assert "'row' and 'column' have changed places" in _reason(square.T, square)
    assert _reason(torch.ones(3, 3), torch.zeros(3, 3)).endswith("9 of 9 entries differ")


def test_a_number_is_told_to_be_too_high_or_low():
    near(1.0, 1.001, "the law", atol=0.01)
    with pytest.raises(Incorrect, match=r"^the law; yours is 1.5, too high. Why\?$"):
        near(1.5, 1.0, "the law", "Why?", atol=0.1)
    with pytest.raises(Incorrect, match="yours is nan"):
        near(float("nan"), 1.0, "the law", atol=0.1)


@pytest.mark.parametrize("answer", [None, "0.5", [1.0, 2.0], torch.zeros(2), {}, 2j])
def test_what_is_no_number_is_told_in_few_words(answer):
    with pytest.raises(Incorrect, match=r"expected a share, one number; got .{1,50}$"):
        number(answer, "a share")


@pytest.mark.parametrize("answer", [None, [("a", 1)], {}, {"b" * 9_999: 2, 3: Hostile()}])
def test_what_lacks_a_key_is_told_in_few_words(answer):
    with pytest.raises(Incorrect, match=r"'a'.{1,150}$"):
        entries(answer, ("a",))


def test_true_and_false_come_in_three_kinds():
    assert all(truth(each) for each in (True, np.bool_(True), torch.tensor([True])))
    for answer in (1, "True", None, torch.tensor([True, False]), torch.tensor(1.0), Hostile()):
        with pytest.raises(Incorrect, match=r"True or False; got .{1,50}$"):
            truth(answer)


ODD = {
    "None": None,
    "a word": "left to the reader",
    "a number": 1e300,
    "a huge number": 10**5_000,
    "a generator": (each for each in ()),
    "a function": stub,
    "hostile": Hostile(),
    "an empty list": [],
    "an empty dict": {},
    "a nested list": [[[[]]]],
    "a million words": ["word"] * 1_000_000,
    "no numbers": torch.zeros(0),
    "not a number": torch.full((2, 3), torch.nan),
    "integers": torch.zeros(7, 7, 7, 7, dtype=torch.uint8),
}


@pytest.mark.parametrize("unit", UNITS)
def test_whatever_an_answer_returns_every_check_says_what_was_expected(unit, monkeypatch):
    monkeypatch.setattr(checks, "SESSION", Session(laws={}))
    checks._load_laws(unit)
    for name in names_of(unit):
        for kind, odd in ODD.items():
            outcome = checks.SESSION.run(name, lambda *_, odd=odd: odd)
            # A model without a counterexample has none.
            assert outcome.state is State.INCORRECT, (name, kind)
            assert len(outcome.reason) < 500 and "\n" not in outcome.reason, (name, kind)
            if kind != "hostile":
                assert "can't be checked" not in outcome.reason, (name, kind, outcome.reason)


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
        ("tokens_from_draws", "wrong_sum_in_place", "`sum += value` writes into the tensor"),
        ("sum_distribution", "wrong_axes_swapped", "[position, sum]"),
        ("sum_distribution", "wrong_zero_is_positive", "20,000 sampled sequences"),
        ("sum_distribution", "wrong_from_samples", "counted from samples"),
        ("class_shares", "wrong_reversed", "all the share belongs to negative"),
        ("class_shares", "wrong_last_sum_missing", "surely 7, all the share belongs to positive"),
        ("fitted_table", "wrong_not_raised", "divided by zero"),
        ("sign_rule_accuracy", "wrong_one_position_late", "only positive tokens agree"),
        ("prefix_leakage", "wrong_order_ignored", "the share rises"),
        ("prefix_leakage", "wrong_digits_joined", "such as 1, 12 and 11, 2, look the same"),
        ("prefix_leakage", "wrong_base_11", "such as 1, 12 and 11, 2, look the same"),
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


@pytest.mark.parametrize(
    ("variant", "reason"),
    [
        ("wrong_no_rounding", "Does what you claim hold for the model as it runs?"),
        ("wrong_no_divisors", "is it at the worse end?"),
        ("wrong_largest_divisor", "is it at the worse end?"),
        ("wrong_no_direct", "with silent heads"),
        ("wrong_no_sep", "with all scores doubled"),
        ("wrong_high_weights", "with all scores doubled"),
    ],
)
def test_a_bound_that_leaves_a_part_out_is_refused_and_the_part_is_named(variant, reason):
    path = ANSWERS.parent / "12_adversarial" / "first_bounds" / f"{variant}.py"
    answer = runpy.run_path(str(path), {"torch": torch, "first_step": first_step})["first_bounds"]
    outcome = Session(adversarial.LAWS).run("adversarial.bounds", answer)
    assert outcome.state is State.INCORRECT
    assert reason in outcome.reason


SETUP = {
    "torch": torch,
    "F": torch.nn.functional,
    "QUERIES": "blocks.0.attn.hook_q",
    "KEYS": "blocks.0.attn.hook_k",
    "PATTERN": attention.PATTERN,
    "WRITTEN": attention.WRITTEN,
}


@pytest.mark.parametrize(
    ("cell", "variant", "reason"),
    [
        (
            "attention_scores",
            "wrong_masked_deeply",
            "later keys are the same: leave the mask to the next exercise",
        ),
        ("attention_scores", "wrong_less_maximum", "such as the keys' bias?"),
        ("attention_ov", "wrong_centred", "Do you take the same off all rows?"),
        ("attention_values", "wrong_uncentred", "about its own mean?"),
        ("attention_shuffle", "wrong_norm", "absolute change of a single logit?"),
        ("attention_swap", "wrong_no_return", "does your hook return its pattern?"),
    ],
)
def test_a_slip_about_attention_is_seen_on_public_models_and_named(cell, variant, reason):
    path = ANSWERS.parent / "03_attention" / cell / f"{variant}.py"
    found = runpy.run_path(str(path), init_globals=SETUP)
    name = cell.replace("_", ".", 1)
    answer = next(found[each] for each in found if callable(found[each]) and each not in SETUP)
    outcome = Session(attention.LAWS).run(name, answer)
    assert outcome.state is State.INCORRECT
    assert reason in outcome.reason


def test_bits_for_nats_are_not_blamed_on_the_hook():
    path = ANSWERS.parent / "03_attention" / "attention_swap" / "right_hook.py"
    nats = runpy.run_path(str(path), init_globals=SETUP)["swap_uniform"]
    outcome = Session(attention.LAWS).run(
        "attention.swap", lambda *args: nats(*args) / torch.tensor(2.0).log().item()
    )
    assert "in nats, with the swap − without?" in outcome.reason


def test_a_hook_that_is_left_on_a_model_is_named_and_taken_off():
    def leaves_its_hook(model, tokens, name, position):
        def silence(activation, hook):
            edited = activation.clone()
            edited[:, position] = 0
            return edited

        before = model(tokens)
        model.add_hook(name, silence)
        return (model(tokens) - before).abs().amax((0, 2))

    for _ in range(2):
        outcome = Session(orientation.LAWS).run("orientation.reach", leaves_its_hook)
        assert "a hook of yours is still on the model" in outcome.reason
    assert Session(orientation.LAWS).run("orientation.reach", _reach).state is State.CORRECT


def _reach(model, tokens, name, position):
    def silence(activation, hook):
        edited = activation.clone()
        edited[:, position] = 0
        return edited

    after = model.run_with_hooks(tokens, fwd_hooks=[(name, silence)])
    return (after - model(tokens)).abs().amax((0, 2))

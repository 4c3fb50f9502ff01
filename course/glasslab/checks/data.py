"""Public checks of unit 01_data: laws that every right answer obeys, tried on public data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from glasslab.checks.expect import as_tensor, same
from glasslab.checks.outcome import Incorrect
from glasslab.checks.session import Law
from glasslab.tasks.cumsum import decode, label_tokens, sample_tokens

Answer = Callable[..., Any]


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# --- data.carried_labels -----------------------------------------------------------------------


def _law_carried_labels(answer: Answer) -> str:
    tokens = torch.tensor([[5, 6, 2, 7, 6, 6]])
    for start, labels in ((0, [[1, 2, 0, 1, 2, 2]]), (-2, [[0, 0, 0, 0, 0, 1]])):
        small = as_tensor(
            answer(tokens.clone(), 5, torch.tensor([start])),
            {"batch": 1, "position": 6},
            "whole numbers",
        )
        why = f"the values 0, +1, −3, +2, +1, +1 with a carried sum of {start}"
        same(small, torch.tensor(labels), ("batch", "position"), why)
    for max_value in (5, 8):
        _cut_in_two(answer, max_value)
    return "cutting a sequence in two and carrying the sum over changes no label"


def _cut_in_two(answer: Answer, max_value: int, cut: int = 9) -> None:
    """Labels of a whole sequence are those of its two parts, if the sum is carried over."""
    tokens = sample_tokens(50, _generator(), max_value=max_value)
    whole = label_tokens(tokens, max_value)
    carried = decode(tokens, max_value)[:, :cut].sum(1)
    for part, start, right in (
        (tokens[:, :cut], torch.zeros_like(carried), whole[:, :cut]),
        (tokens[:, cut:], carried, whole[:, cut:]),
    ):
        got = as_tensor(
            answer(part.clone(), max_value, start.clone()),
            {"batch": 50, "position": part.shape[1]},
            "whole numbers",
        )
        what = "the carried sum" if start.any() else "a carried sum of 0"
        same(got, right, ("batch", "position"), f"labels with max_value={max_value} and {what}")


# --- data.unwrapped_embedding ------------------------------------------------------------------


def _law_unwrapped_embedding(answer: Answer) -> str:
    for max_value, d_model in ((5, 3), (2, 4)):
        W_E = torch.randn(2 * max_value + 1, d_model, generator=_generator())
        given = W_E.clone()
        rows = as_tensor(answer(given), {"d_vocab": len(W_E), "d_model": d_model})
        if not torch.equal(given, W_E):
            raise Incorrect(
                "the embedding that was handed in has changed: return a new tensor, leave W_E be"
            )
        for value in range(-max_value, max_value + 1):
            token = value + max_value
            if not torch.allclose(rows[token], W_E[value].double()):
                raise Incorrect(
                    f"with {len(W_E)} rows, the value {value:+d} was trained as W_E[{value}]; now "
                    f"its token id is {token}, so row {token} should hold that same vector"
                )
    return "every value finds its own vector again, under its token id"


# --- data.tokens_from_draws --------------------------------------------------------------------


def _law_tokens_from_draws(answer: Answer) -> str:
    for max_value, length in ((5, 20), (3, 8), (5, 1)):
        generator = _generator(77)
        first = torch.randint(-max_value, max_value + 1, (200,), generator=generator)
        magnitudes = torch.randint(0, max_value + 1, (200, length - 1), generator=generator)
        against = torch.rand((200, length - 1), generator=generator) < 0.7
        tokens = as_tensor(
            answer(first.clone(), magnitudes.clone(), against.clone(), max_value),
            {"batch": 200, "position": length},
            "whole numbers",
        )
        values = tokens - max_value
        if bool((values[:, 0] != first).any()) and torch.equal(
            values[:, 0], first + values[:, 1:].sum(1)
        ):
            raise Incorrect(
                "the first value of each sequence holds the sum of them all: `sum += value` writes "
                "into the tensor that `first` names too; `sum = sum + value` makes a new one"
            )
        if int(tokens.min()) < 0 or int(tokens.max()) > 2 * max_value:
            raise Incorrect(
                f"token ids must lie in 0..{2 * max_value} for max_value={max_value}, "
                f"got {int(tokens.min())} to {int(tokens.max())}; are these still the values?"
            )
        _obeys_the_rule(values, first, magnitudes, against)
    return "each step has the magnitude and the direction that the draws ask for"


def _obeys_the_rule(
    values: torch.Tensor, first: torch.Tensor, magnitudes: torch.Tensor, against: torch.Tensor
) -> None:
    """Hold each value against the rule, given the answer's own sum before it."""
    same(values[:, :1], first[:, None], ("batch", "position"), "the first value of a sequence")
    before = values.cumsum(1)[:, :-1]
    what = "the magnitude of a later value"
    wrong = values[:, 1:].abs() != magnitudes
    if bool(wrong.any()) and int(before[wrong][0]) == 0:
        what += " (the running sum before it is 0)"
    same(values[:, 1:].abs(), magnitudes, ("batch", "step"), what)
    points_down = (before > 0) == against
    broken = ((values[:, 1:] < 0) != points_down) & (magnitudes > 0)
    if bool(broken.any()):
        row, step = broken.nonzero()[0].tolist()
        raise Incorrect(
            f"batch {row}, step {step}: the running sum before it is {int(before[row, step])} and "
            f"against is {bool(against[row, step])}, and your value there is "
            f"{int(values[row, step + 1]):+d}: it goes the wrong way"
        )


# --- data.sum_distribution ---------------------------------------------------------------------


def _law_sum_distribution(answer: Answer) -> str:
    for length, max_value, p_opposite in ((1, 2, 0.7), (2, 3, 0.2), (8, 5, 0.7), (6, 3, 0.95)):
        setting = f"length={length}, max_value={max_value}, p_opposite={p_opposite}"
        largest = length * max_value
        got = as_tensor(
            answer(length, max_value, p_opposite),
            {"position": length, "sum": 2 * largest + 1},
        )
        _is_a_distribution(got, f"with {setting}")
        sums = torch.arange(-largest, largest + 1)
        reach = max_value * torch.arange(1, length + 1)[:, None]
        too_far = (sums.abs() > reach) & (got > 1e-9)
        if bool(too_far.any()):
            position, column = too_far.nonzero()[0].tolist()
            raise Incorrect(
                f"with {setting}: a sum of {int(sums[column])} has a probability at position "
                f"{position}, but {position + 1} value(s) of at most {max_value} can't reach it"
            )
        _fits_samples(got, sums, length, max_value, p_opposite, setting)
        _only_one_way_up(got, max_value, p_opposite, setting)
    return "a distribution at every position, and 20,000 sampled sequences agree with it"


def _is_a_distribution(rows: torch.Tensor, where: str) -> None:
    if bool((rows < -1e-9).any()):
        raise Incorrect(f"{where}: some probabilities are negative")
    totals = rows.sum(1)
    if not torch.allclose(totals, torch.ones_like(totals), atol=1e-4):
        row = int((totals - 1).abs().gt(1e-4).nonzero()[0])
        raise Incorrect(f"{where}: row {row} sums to {totals[row].item():.5g}, not to 1")


def _only_one_way_up(got: torch.Tensor, max_value: int, p_opposite: float, setting: str) -> None:
    """Hold the largest sum against its one path, a step of +max_value every time."""
    steps = torch.arange(len(got))
    path = (((1 - p_opposite) / (max_value + 1)) ** steps).double() / (2 * max_value + 1)
    largest = got[steps, len(got) * max_value + max_value * (steps + 1)]
    same(
        largest,
        path,
        ("position",),
        f"with {setting}: only one sequence of steps leads to the largest sum, so its probability "
        "is known exactly (is yours counted from samples?)",
    )


def _fits_samples(
    got: torch.Tensor,
    sums: torch.Tensor,
    length: int,
    max_value: int,
    p_opposite: float,
    setting: str,
    n_sequences: int = 20_000,
) -> None:
    """Compare probabilities with sampled frequencies, allowing six standard errors."""
    tokens = sample_tokens(
        n_sequences,
        _generator(),
        sequence_length=length,
        max_value=max_value,
        p_opposite=p_opposite,
    )
    sampled = _frequencies(tokens, max_value)
    error = (sampled * (1 - sampled) / n_sequences).sqrt().clamp(min=1e-4)
    off = (got - sampled).abs() / error
    if float(off.max()) > 6:
        position, column = (off > 6).nonzero()[0].tolist()
        raise Incorrect(
            f"with {setting}: first differs at [{position}, {column}] (position {position}, sum "
            f"{int(sums[column])}), to which you give {float(got[position, column]):.4f}; in "
            f"{n_sequences:,} sampled sequences it came up "
            f"{'less' if got[position, column] > sampled[position, column] else 'more'} often"
        )


# --- data.class_shares -------------------------------------------------------------------------


def _law_class_shares(answer: Answer) -> str:
    names = ("negative", "zero", "positive")
    for sum_, class_ in ((-1, 0), (0, 1), (1, 2), (-7, 0), (7, 2)):
        certain = torch.zeros(1, 15, dtype=torch.float64)
        certain[0, 7 + sum_] = 1
        got = as_tensor(answer(certain.clone()), {"position": 1, "class": 3})
        same(
            got,
            torch.eye(3, dtype=torch.float64)[[class_]],
            ("position", "class"),
            f"when the running sum is surely {sum_}, all the share belongs to {names[class_]}",
        )
    for length in (4, 20):
        tokens = sample_tokens(2_000, _generator(), sequence_length=length)
        got = as_tensor(answer(_frequencies(tokens, 5)), {"position": length, "class": 3})
        counted = torch.stack([(label_tokens(tokens) == c).double().mean(0) for c in range(3)], 1)
        same(
            got,
            counted,
            ("position", "class"),
            "given the frequencies of sums in a sample, the "
            "shares should be those counted from its labels",
        )
    return "the shares equal those counted from labels"


def _frequencies(tokens: torch.Tensor, max_value: int) -> torch.Tensor:
    """Return how often each running sum occurs at each position of some sequences."""
    largest = tokens.shape[1] * max_value
    columns = (decode(tokens, max_value).cumsum(1) + largest).T
    counts = [torch.bincount(column, minlength=2 * largest + 1) for column in columns]
    return torch.stack(counts).double() / len(tokens)


# --- data.fitted_table -------------------------------------------------------------------------


def _law_fitted_table(answer: Answer) -> str:
    contexts, labels = torch.tensor([[0, 0, 1], [0, 0, 1]]), torch.tensor([[2, 2, 0], [2, 1, 1]])
    small = as_tensor(answer(contexts.clone(), labels.clone(), 3), {"context": 3, "class": 3})
    same(
        small * torch.tensor([[7.0], [5.0], [3.0]]),
        torch.tensor([[1.0, 2.0, 4.0], [2.0, 2.0, 1.0], [1.0, 1.0, 1.0]]),
        ("context", "class"),
        "in the small example above, row times (its total + 3) should be the counts plus one",
    )
    tokens = sample_tokens(300, _generator())
    labels = label_tokens(tokens)
    table = as_tensor(answer(tokens.clone(), labels.clone(), 15), {"context": 15, "class": 3})
    _is_a_distribution(table, "with token ids as contexts")
    same(
        table[11:],
        torch.full((4, 3), 1 / 3, dtype=torch.float64),
        ("unseen context", "class"),
        "a context that never occurred should leave every class as likely",
    )
    seen = torch.bincount(tokens.flatten(), minlength=15)
    counts = table * (seen[:, None] + 3) - 1
    same(
        counts,
        torch.stack([torch.bincount(tokens[labels == c], minlength=15) for c in range(3)], 1),
        ("context", "class"),
        "counts read back from the table",
        atol=1e-2,
    )
    return "counts plus one, each row summing to one, unseen contexts left open"


# --- data.sign_rule_accuracy -------------------------------------------------------------------


def _law_sign_rule_accuracy(answer: Answer) -> str:
    for p_opposite in (0.7, 0.2):
        # Far from zero only a step away from zero agrees with the sum: never a step of size 0.
        away = (1 - p_opposite) * 5 / 6
        for sum_, expected, why in (
            (0, 1.0, "from a sum of 0 the next sum is the token itself, so the rule is right"),
            (9, away, "from a sum of +9 no token changes the sign: only positive tokens agree"),
            (-9, away, "from a sum of −9 no token changes the sign: only negative tokens agree"),
        ):
            certain = torch.zeros(2, 21, dtype=torch.float64)
            certain[:, 10 + sum_] = 1
            got = as_tensor(answer(certain.clone(), 5, p_opposite), {"position": 2})
            setting = f"(max_value=5, p_opposite={p_opposite})"
            right = torch.tensor([1.0, expected], dtype=torch.float64)
            same(got[:1], right[:1], ("position",), "the first sum is the first token")
            same(got, right, ("position",), f"{why} {setting}")
    _sign_rule_fits_samples(answer)
    return "right at the edges, and 20,000 sampled sequences agree with it"


def _sign_rule_fits_samples(answer: Answer, n_sequences: int = 20_000) -> None:
    for max_value, p_opposite in ((5, 0.7), (2, 0.9)):
        tokens = sample_tokens(
            n_sequences,
            _generator(),
            sequence_length=6,
            max_value=max_value,
            p_opposite=p_opposite,
        )
        signs = decode(tokens, max_value).sign() + 1
        sampled = (signs == label_tokens(tokens, max_value)).double().mean(0)
        got = as_tensor(
            answer(_frequencies(tokens, max_value), max_value, p_opposite), {"position": 6}
        )
        same(
            got,
            sampled,
            ("position",),
            f"{n_sequences:,} sampled sequences (max_value={max_value}, p_opposite={p_opposite}) "
            "should come within .02",
            atol=0.02,
        )


# --- data.prefix_leakage -----------------------------------------------------------------------


def _law_prefix_leakage(answer: Answer) -> str:
    train = torch.tensor([[3, 1, 4, 1], [2, 7, 1, 8]])
    validation = torch.tensor([[3, 1, 1, 1], [2, 7, 1, 8], [3, 7, 1, 8], [9, 1, 4, 1]])
    got = as_tensor(answer(train.clone(), validation.clone()), {"position": 4})
    same(
        got,
        torch.tensor([3, 2, 1, 1]) / 4,
        ("position",),
        "in the small example above",
    )
    train = torch.tensor([[1, 12], [20, 1]])
    validation = torch.tensor([[11, 2], [2, 1], [1, 12], [20, 1]])
    got = as_tensor(answer(train.clone(), validation.clone()), {"position": 2})
    same(
        got,
        torch.tensor([0.5, 0.5]),
        ("position",),
        f"with train = {train.tolist()} and validation = {validation.tolist()}. Do different "
        "beginnings, such as 1, 12 and 11, 2, look the same to you?",
    )
    train, validation = (sample_tokens(150, _generator(seed)) for seed in (0, 1))
    axes = {"position": 20}
    itself = as_tensor(answer(train.clone(), train.clone()), axes)
    same(itself, torch.ones(20), ("position",), "a dataset held against itself is wholly known")
    curve = as_tensor(answer(train.clone(), validation[:90].clone()), axes)
    if bool((curve.diff() > 1e-9).any()):
        position = int((curve.diff() > 1e-9).nonzero()[0]) + 1
        raise Incorrect(
            f"the share rises at position {position}: a longer beginning can't be known more "
            "often than a shorter one"
        )
    twice = as_tensor(answer(train.clone(), torch.cat([validation[:90]] * 2)), axes)
    same(twice, curve, ("position",), "writing validation down twice should change no share")
    return "beginnings are matched whole, and the curve never rises"


LAWS: dict[str, Law] = {
    "data.carried_labels": _law_carried_labels,
    "data.unwrapped_embedding": _law_unwrapped_embedding,
    "data.tokens_from_draws": _law_tokens_from_draws,
    "data.sum_distribution": _law_sum_distribution,
    "data.class_shares": _law_class_shares,
    "data.fitted_table": _law_fitted_table,
    "data.sign_rule_accuracy": _law_sign_rule_accuracy,
    "data.prefix_leakage": _law_prefix_leakage,
}

"""Public checks of unit 03_attention: laws tried on the public model and on a scrambled one.

The scrambled model has random weights: nothing in it is small, so a missing factor, bias or mask
shows at once, where the public model's nearly flat scores would hide it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.expect import as_tensor, same
from glasslab.checks.outcome import Incorrect
from glasslab.checks.session import Law
from glasslab.models import build_model, freeze, load_public
from glasslab.tasks.base import Labels, Tokens
from glasslab.tasks.cumsum import CUMSUM

Answer = Callable[..., Any]

N_TOKENS, LENGTH, WIDTH = CUMSUM.config.d_vocab, CUMSUM.config.n_ctx, CUMSUM.config.d_model
PATTERN, WRITTEN = "blocks.0.attn.hook_pattern", "blocks.0.hook_attn_out"
RESIDUAL = "blocks.0.hook_resid_mid"
PUBLIC, SCRAMBLED = "the public model", "a model with random weights"


# --- models and data that the laws are tried on -------------------------------------------------


def _public() -> TransformerBridge:
    return _clean(_loaded("cumsum"))


@lru_cache(maxsize=4)
def _loaded(name: str) -> TransformerBridge:
    return load_public(name)


def _scrambled(seed: int = 0) -> TransformerBridge:
    return _clean(_drawn(seed))


@lru_cache(maxsize=4)
def _drawn(seed: int) -> TransformerBridge:
    model = build_model(CUMSUM.config, seed)
    generator = torch.Generator().manual_seed(seed)
    weights = model.state_dict()
    model.load_state_dict(
        {name: 0.4 * torch.randn(old.shape, generator=generator) for name, old in weights.items()}
    )
    return freeze(model)


def _clean(model: TransformerBridge) -> TransformerBridge:
    """Take off the hooks that an earlier answer may have left on a model kept between checks."""
    model.reset_hooks()
    return model


def _scaled(model: TransformerBridge, parts: Sequence[str], factor: float) -> TransformerBridge:
    """Return a copy of a model with the weights whose names start so multiplied by a factor."""
    copy = build_model(CUMSUM.config)
    copy.load_state_dict(
        {
            name: weight * factor if name.startswith(tuple(parts)) else weight
            for name, weight in model.state_dict().items()
        }
    )
    return freeze(copy)


QUERIES = ("blocks.0.attn.q.",)
WRITES = ("blocks.0.attn.o.",)
TOKEN_EMBEDDING = ("embed.",)


def _data(n_sequences: int, seed: int = 0) -> tuple[Tokens, Labels]:
    tokens = CUMSUM.sample(n_sequences, torch.Generator().manual_seed(seed))
    return tokens, CUMSUM.label(tokens)


@torch.no_grad()
def _read(model: TransformerBridge, tokens: Tokens, name: str) -> torch.Tensor:
    _, cache = model.run_with_cache(tokens, names_filter=name)
    return cache[name].double()


def _written_alone(model: TransformerBridge) -> torch.Tensor:
    """Return what the head writes at position 0 for each token: there it sees that token alone."""
    return _read(model, torch.arange(N_TOKENS)[:, None], WRITTEN)[:, 0]


def _towards_large_values(model: TransformerBridge) -> torch.Tensor:
    """Return the unit vector from what the head writes for −5 to what it writes for +5."""
    written = _written_alone(model)
    step = written[-1] - written[0]
    return (step / step.norm()).float()


def _random_directions(count: int) -> torch.Tensor:
    directions = torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(7))
    return directions / directions.norm(dim=-1, keepdim=True)


# --- reading answers ------------------------------------------------------------------------------


def _number(answer: Any, what: str) -> float:
    try:
        number = float(answer)
    except (TypeError, ValueError) as error:
        raise Incorrect(f"expected {what}, one number; got a {type(answer).__name__}") from error
    if not math.isfinite(number):
        raise Incorrect(f"expected {what}, a finite number; got {number}")
    return number


def _numbers(answer: Any, keys: tuple[str, ...]) -> dict[str, float]:
    if not isinstance(answer, dict):
        raise Incorrect(f"expected a dict with {_quoted(keys)}; got a {type(answer).__name__}")
    missing = [key for key in keys if key not in answer]
    if missing:
        raise Incorrect(f"the dict lacks {_quoted(missing)}; it has {_quoted(map(str, answer))}")
    return {key: _number(answer[key], f"{key!r} as a number") for key in keys}


def _quoted(names: Any) -> str:
    return ", ".join(repr(name) for name in names) or "nothing"


def _fractions(answer: Any, keys: tuple[str, ...], kind: str) -> dict[str, float]:
    numbers = _numbers(answer, keys)
    for key, number in numbers.items():
        if not -1e-6 <= number <= 1 + 1e-6:
            raise Incorrect(f"{key!r} is {kind} and lies in 0..1; got {number:.4g}")
    return numbers


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Incorrect(otherwise)


# --- attention.scores and attention.pattern -------------------------------------------------------


def _law_scores(answer: Answer) -> str:
    tokens, _ = _data(4)
    for name, model in ((PUBLIC, _public()), (SCRAMBLED, _scrambled())):
        scores = _scores(answer, model, tokens)
        log_pattern = _read(model, tokens, PATTERN)[:, 0].clamp_min(1e-30).log()
        got, expected = (_within_rows(rows) for rows in (scores, log_pattern))
        _name_the_mistake(scores, expected)
        same(
            got,
            expected,
            ("batch", "query", "key"),
            f"on {name}, two scores in a row must differ by the log of the ratio of their "
            "attention (here: score minus the row's first score)",
            atol=1e-3,
        )
    once, twice = (
        _scores(answer, model, tokens)
        for model in (_scrambled(), _scaled(_scrambled(), QUERIES, 2.0))
    )
    same(
        twice,
        2 * once,
        ("batch", "query", "key"),
        "queries twice as long must give scores twice as large",
        atol=1e-3,
    )
    return "their differences are the log-ratios of the attention, and they grow with the queries"


def _scores(answer: Answer, model: TransformerBridge, tokens: Tokens) -> torch.Tensor:
    raw = answer(model, tokens.clone())
    if isinstance(raw, torch.Tensor) and raw.isinf().any():
        raise Incorrect("some scores are infinite: leave the mask to the next exercise")
    axes = {"batch": len(tokens), "query": LENGTH, "key": LENGTH}
    if isinstance(raw, torch.Tensor) and list(raw.shape) == [len(tokens), 1, LENGTH, LENGTH]:
        raise Incorrect("the head axis is still there: there is one head, index it away")
    scores = as_tensor(raw, axes)
    if torch.allclose(scores.sum(-1), torch.ones_like(scores[..., 0]), atol=1e-3):
        raise Incorrect("each row sums to 1: this is the pattern already, not the scores")
    return scores


def _within_rows(rows: torch.Tensor) -> torch.Tensor:
    """Keep what a softmax feels: each row less its first entry, the future set to zero."""
    return (rows - rows[..., :1]).tril()


def _name_the_mistake(scores: torch.Tensor, expected: torch.Tensor) -> None:
    """Say so if the scores are right but for a constant factor, or for the order of their axes."""
    power = float((expected**2).sum())
    if power < 1e-6:
        return  # the public model's scores are too flat to tell
    got, turned = _within_rows(scores), _within_rows(scores.transpose(-1, -2))
    factor = float((got * expected).sum()) / power
    if abs(factor) < 1e-3 and float(got.abs().max()) < 1e-3:
        raise Incorrect("the scores are all but flat where the head attends unevenly")
    if abs(factor - 1) > 0.01 and torch.allclose(got, factor * expected, atol=1e-3):
        raise Incorrect(
            f"the scores are {factor:.3g} times what they should be: what must they be divided "
            f"by? (d_head is {CUMSUM.config.d_head})"
        )
    if torch.allclose(turned, expected, atol=1e-3) and not torch.allclose(got, turned, atol=1e-3):
        raise Incorrect("the scores are right, but turned: are rows queries and columns keys?")


def _law_pattern(answer: Answer) -> str:
    generator = torch.Generator().manual_seed(0)
    for words, scores in (
        ("scores that are all zero", torch.zeros(2, 5, 5)),
        ("random scores", 2 * torch.randn(3, 8, 8, generator=generator)),
    ):
        axes = {"batch": len(scores), "query": scores.shape[1], "key": scores.shape[2]}
        pattern = as_tensor(answer(scores.clone()), axes)
        _expect(bool((pattern >= 0).all()), f"on {words}, some attention is negative")
        future = pattern.triu(1)
        same(
            future,
            torch.zeros_like(future),
            ("batch", "query", "key"),
            f"on {words}, no query may look at a later key",
        )
        sums = pattern.sum(-1)
        same(
            sums,
            torch.ones_like(sums),
            ("batch", "query"),
            f"on {words}, each query's attention must sum to one",
            atol=1e-4,
        )
        same(
            _within_rows(pattern.clamp_min(1e-30).log()),
            _within_rows(scores.double()),
            ("batch", "query", "key"),
            f"on {words}, the log of the ratio of two attentions must be the difference of "
            "their scores (here: log attention less the row's first)",
            atol=1e-3,
        )
    return "rows sum to one, nothing looks ahead, and ratios follow the scores"


# --- attention.ov, attention.direction, attention.values ------------------------------------------


def _law_ov(answer: Answer) -> str:
    axes = {"token": N_TOKENS, "d_model": WIDTH}
    for name, model in ((PUBLIC, _public()), (SCRAMBLED, _scrambled())):
        circuit = as_tensor(answer(model), axes)
        written = _written_alone(model)
        same(
            circuit - circuit[:1],
            written - written[:1],
            ("token", "d_model"),
            f"on {name}, rows must differ as the head's output does when it sees that token alone "
            "(here: row less the row of token 0)",
            atol=1e-3,
        )
    once, twice = (
        as_tensor(answer(model), axes)
        for model in (_scrambled(), _scaled(_scrambled(), TOKEN_EMBEDDING, 2.0))
    )
    same(
        twice,
        2 * once,
        ("token", "d_model"),
        "token embeddings twice as long must be written twice as far; does a bias or a position "
        "stand in your rows?",
        atol=1e-3,
    )
    return "each row is what the head writes for its token, biases and positions aside"


def _law_direction(answer: Answer) -> str:
    for name, model in ((PUBLIC, _public()), (SCRAMBLED, _scrambled())):
        u = as_tensor(answer(model), {"d_model": WIDTH})
        _expect(abs(float(u.norm()) - 1) < 1e-3, f"u must have length 1; got {float(u.norm()):.4g}")
        # What the embeddings alone make the head write, measured by taking them away.
        written = _written_alone(model) - _written_alone(_scaled(model, TOKEN_EMBEDDING, 0.0))
        others = torch.cat(
            [_random_directions(100), *(u + t * torch.eye(WIDTH) for t in (-0.1, 0.1))]
        )
        others = others.double() / others.double().norm(dim=-1, keepdim=True)
        along_u = float((written @ u).norm())
        best = float((written @ others.T).norm(dim=0).max())
        _expect(
            along_u >= best * (1 - 1e-4),
            f"on {name}, another direction carries more of what the head writes than yours "
            f"(length {best:.3g} against {along_u:.3g}); which singular vector lives in the "
            "space that the head writes into?",
        )
    written = _written_alone(_public()) @ as_tensor(answer(_public()), {"d_model": WIDTH})
    _expect(
        bool(written[-1] > written[0]),
        "u points the other way: +5 must be written further along +u than −5",
    )
    return "no direction carries more, and larger values lie further along it"


def _law_values(answer: Answer) -> str:
    keys = ("slope", "intercept", "r2")
    first, second = _random_directions(2)
    for model in (_public(), _scrambled()):
        line, other, both, back = (
            _numbers(answer(model, direction.clone()), keys)
            for direction in (first, second, first + second, -first)
        )
        _expect(0 <= line["r2"] <= 1 + 1e-6, f"R² lies in 0..1; got {line['r2']:.4g} as 'r2'")
        for key in ("slope", "intercept"):
            size = 1 + abs(line[key]) + abs(other[key])
            _expect(
                abs(line[key] + other[key] - both[key]) < 1e-3 * size
                and abs(line[key] + back[key]) < 1e-3 * size,
                f"{key!r} must add up: along a + b it is the sum of those along a and along b, "
                "along −a it changes sign",
            )
        _expect(
            abs(line["r2"] - back["r2"]) < 1e-4,
            "R² must be the same along a direction and its opposite",
        )
    line = _numbers(answer(_scrambled(), first.clone()), keys)
    longer = _numbers(answer(_scaled(_scrambled(), TOKEN_EMBEDDING, 2.0), first.clone()), keys)
    for key in ("slope", "intercept"):
        _expect(
            abs(longer[key] - 2 * line[key]) < 1e-3 * (1 + abs(line[key])),
            f"token embeddings twice as long are written twice as far, so {key!r} must double; it "
            f"went from {line[key]:.4g} to {longer[key]:.4g}. Are the head's biases in your line?",
        )
    empty = _scaled(_scrambled(), TOKEN_EMBEDDING, 0.0)
    written = (_written_alone(_scrambled()) - _written_alone(empty)) @ first.double()
    values = torch.arange(N_TOKENS, dtype=torch.float64) - N_TOKENS // 2
    left_over = written - line["slope"] * values - line["intercept"]
    total, trend = abs(float(left_over.sum())), abs(float(left_over @ values))
    _expect(
        total + trend < 0.02 * N_TOKENS,
        "the line of least squares leaves errors that sum to 0, and that neither rise nor fall "
        f"with the value; yours {'do not sum to 0' if total > trend else 'rise or fall with it'}. "
        "Is your x axis the value −5..5, or the token id 0..10?",
    )
    u = _towards_large_values(_public())
    straight = _numbers(answer(_public(), u.clone()), keys)["r2"]
    _expect(straight > 0.99, f"along u the public model is all but straight; got R² {straight:.4g}")
    return "a straight line over the values −5..5, for any direction"


# --- attention.fit and attention.shuffle ----------------------------------------------------------


def _law_fit(answer: Answer) -> str:
    keys = ("mean", "sum")
    tokens, _ = _data(64)
    u = _towards_large_values(_public())

    def fit(model: TransformerBridge, tokens: Tokens, direction: torch.Tensor) -> dict[str, float]:
        return _fractions(answer(model, tokens.clone(), direction.clone()), keys, "an R²")

    one_token = fit(_scrambled(), tokens[:, :1], u)
    _expect(
        abs(one_token["mean"] - one_token["sum"]) < 1e-4,
        "on sequences of one token mean and sum are the same, so both R² must be; got "
        f"{one_token['mean']:.4g} and {one_token['sum']:.4g}",
    )
    once, twice = fit(_scrambled(), tokens, u), fit(_scrambled(), tokens.repeat(2, 1), u)
    for key in keys:
        _expect(
            abs(once[key] - twice[key]) < 1e-3,
            f"{key!r}: seeing each sequence twice must not change R²; it went from "
            f"{once[key]:.4g} to {twice[key]:.4g}",
        )
    other = fit(_scrambled(), tokens, _random_directions(1)[0])
    _expect(once != other, "two directions give the same R²: the one you are given must matter")
    three = torch.arange(3)[:, None] + N_TOKENS // 2 - 1
    low, middle, high = (_read(_scrambled(), three, RESIDUAL)[:, 0] @ u.double()).tolist()
    steps = (low - high) ** 2 / 2
    expected = steps / (steps + (low - 2 * middle + high) ** 2 / 6)
    got = fit(_scrambled(), three, u)["mean"]
    _expect(
        abs(got - expected) < 1e-3,
        f"for the three sequences [−1], [0], [+1] the residual stream of {SCRAMBLED} reads "
        f"{low:.3f}, {middle:.3f}, {high:.3f}: R² is {expected:.4f}; got {got:.4f}. Is it R² and "
        "not R, with an intercept, and of resid_mid?",
    )
    public = fit(_public(), tokens, u)
    _expect(
        public["mean"] > 0.99 or public["sum"] < 0.99,
        "on the public model the cumulative mean explains more than the cumulative sum. "
        "Have 'mean' and 'sum' changed places?",
    )
    _expect(
        public["mean"] > 0.99,
        "on the public model, along the direction from −5 to +5, the cumulative mean explains more "
        f"than .99 of the residual stream; got {public['mean']:.4g}",
    )
    _expect(
        0.2 < public["sum"] < 0.7,
        "on the public model the cumulative sum explains some, but much less than the mean; got "
        f"{public['sum']:.4g}. Is it really the sum, over values and not over ids?",
    )
    return (
        f"R² {public['mean']:.4f} for the mean, {public['sum']:.4f} for the sum, on the check's "
        "own sequences"
    )


def _law_shuffle(answer: Answer) -> str:
    tokens, _ = _data(32)
    order = torch.randperm(LENGTH - 1, generator=torch.Generator().manual_seed(3))

    def change(model: TransformerBridge, tokens: Tokens, order: torch.Tensor) -> float:
        number = _number(answer(model, tokens.clone(), order.tolist()), "the largest change")
        _expect(number >= 0, f"a largest absolute change can't be negative; got {number:.4g}")
        return number

    still = change(_scrambled(), tokens, torch.arange(LENGTH - 1))
    _expect(still < 1e-5, f"an order that moves nothing must change nothing; got {still:.4g}")
    moved = change(_scrambled(), tokens, order)
    _expect(
        moved > 1,
        f"on {SCRAMBLED} this shuffle moves some logit by more than 1; got {moved:.4g}. Is "
        "anything shuffled, and do you compare logits, not probabilities?",
    )
    halves = max(change(_scrambled(), half, order) for half in tokens.split(len(tokens) // 2))
    _expect(
        abs(moved - halves) < 1e-3,
        "the largest change over all sequences must be the larger of those over two halves; got "
        f"{moved:.4g} and {halves:.4g}",
    )
    shuffled = torch.cat([tokens[:, order], tokens[:, -1:]], dim=1)
    back = change(_scrambled(), shuffled, order.argsort())
    _expect(
        abs(moved - back) < 1e-3 * (1 + moved),
        "shuffling and shuffling back must change the last logits by the same amount; got "
        f"{moved:.4g} there and {back:.4g} back. Does the last token stay in its place?",
    )
    public = change(_public(), tokens, order)
    _expect(
        public < 0.1,
        f"on the public model the last position hardly feels the order; got {public:.4g}. "
        "Does the last token stay in its place, and are only the last logits compared?",
    )
    return "the last token stays, only the last logits count"


# --- attention.swap, attention.keep_remove, attention.verdict -------------------------------------


def _law_swap(answer: Answer) -> str:
    tokens, labels = _data(64)

    def increase(model: TransformerBridge) -> float:
        return _number(answer(model, tokens.clone(), labels.clone()), "the increase of the loss")

    def loss(model: TransformerBridge) -> float:
        logits = model(tokens).flatten(0, 1)
        return float(torch.nn.functional.cross_entropy(logits, labels.flatten()))

    public = increase(_public())
    _expect(
        abs(public) < 0.01,
        f"the public model is uniform already, so the swap should cost next to nothing; got "
        f"{public:.4g} nats. Did you return the increase, and does each row spread over its past?",
    )
    plain, sharp = _scrambled(), _scaled(_scrambled(), QUERIES, 3.0)
    before, rises = ([of(model) for model in (plain, sharp)] for of in (loss, increase))
    after, turned = (
        [old + sign * rise for old, rise in zip(before, rises, strict=True)] for sign in (1, -1)
    )
    agree = abs(after[0] - after[1]) < 1e-3 * after[0]
    _expect(
        agree or abs(turned[0] - turned[1]) > 1e-3 * turned[0],
        "the sign is turned: the increase is the loss with the swap − the loss without",
    )
    _expect(
        agree,
        "once the pattern is swapped, the queries no longer matter; but the loss after your swap "
        f"is {after[0]:.4f} for a model and {after[1]:.4f} for the same model with longer queries. "
        "Does your hook return its pattern?",
    )
    flat = _scaled(_scrambled(), QUERIES, 0.0)
    _expect(
        abs(increase(flat)) < 1e-4,
        "a model without queries attends uniformly already: there the swap must change nothing; "
        f"got {increase(flat):.4g} nats",
    )
    return f"{abs(public):.4f} nats on the public model"


def _law_keep_remove(answer: Answer) -> str:
    keys = ("keep", "remove")
    tokens, labels = _data(64)
    u = _towards_large_values(_public())

    def both(model: TransformerBridge, direction: torch.Tensor) -> dict[str, float]:
        raw = answer(model, tokens.clone(), labels.clone(), direction.clone())
        return _fractions(raw, keys, "an accuracy")

    silent = _scaled(_scrambled(), WRITES, 0.0)
    accuracy = float((silent(tokens).argmax(-1) == labels).float().mean())
    for key, got in both(silent, u).items():
        _expect(
            abs(got - accuracy) < 1e-3,
            f"a head that writes nothing has nothing to keep or remove: {key!r} must be that "
            f"model's accuracy {accuracy:.4f}; got {got:.4f}. Is your edit at WRITTEN, before the "
            "fork?",
        )
    public, opposite = both(_public(), u), both(_public(), -u)
    _expect(public == opposite, "a direction and its opposite span the same line: both must agree")
    _expect(
        public["keep"] > 0.95 or public["remove"] < 0.95,
        "on the public model 'keep' ruins the answers and 'remove' leaves them as they are. Are "
        "'keep' and 'remove' the right way round?",
    )
    _expect(
        public["keep"] > 0.95,
        f"the public model keeps its accuracy on u alone; got {public['keep']:.4f}",
    )
    _expect(
        public["remove"] < 0.3,
        f"without u the public model is right on fewer than 30%; got {public['remove']:.4f}. Is "
        "the part along u gone from both paths that read the head's output, the MLP and the skip?",
    )
    across = _random_directions(1)[0]
    across = across - (across @ u) * u
    beside = both(_public(), across / across.norm())
    _expect(
        beside["keep"] < 0.3 and beside["remove"] > 0.95,
        "along a direction at right angles to u nothing is written: keeping it must be ruinous and "
        f"removing it harmless; got {beside['keep']:.4f} and {beside['remove']:.4f}. Is it the "
        "direction you are given that you keep?",
    )
    return (
        f"accuracy {public['keep']:.3f} on u alone, {public['remove']:.3f} without u, on the "
        "check's own sequences"
    )


def _law_verdict(answer: Answer) -> str:
    tokens, labels = _data(128)

    def verdict(model: TransformerBridge) -> bool:
        said = answer(model, tokens.clone(), labels.clone())
        if isinstance(said, torch.Tensor) and said.numel() == 1:
            said = said.item()
        if not isinstance(said, bool) and type(said).__name__ not in ("bool", "bool_"):
            raise Incorrect(f"expected True or False; got a {type(said).__name__}")
        return bool(said)

    _expect(verdict(_public()), "the public model averages its past; you say it does not")
    _expect(
        not verdict(_clean(_loaded("cumsum_no_decay"))),
        "the model trained without weight decay does not average its past; you say it does",
    )
    _expect(
        not verdict(_scaled(_scrambled(), QUERIES, 0.0)),
        "a model with random weights and flat attention averages noise; you say it has the circuit",
    )
    return "right on both public models and on a random one; the hidden decoys are harder"


LAWS: dict[str, Law] = {
    "attention.scores": _law_scores,
    "attention.pattern": _law_pattern,
    "attention.ov": _law_ov,
    "attention.direction": _law_direction,
    "attention.values": _law_values,
    "attention.fit": _law_fit,
    "attention.shuffle": _law_shuffle,
    "attention.swap": _law_swap,
    "attention.keep_remove": _law_keep_remove,
    "attention.verdict": _law_verdict,
}

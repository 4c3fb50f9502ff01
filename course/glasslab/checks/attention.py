"""Public checks of unit 03_attention: laws tried on the public model and on a scrambled one.

The scrambled model has random weights: nothing in it is small, so a missing factor, bias or mask
shows at once, where the public model's nearly flat scores would hide it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.expect import (
    as_tensor,
    fractions,
    near,
    number,
    numbers,
    require,
    same,
    truth,
)
from glasslab.checks.outcome import Incorrect
from glasslab.checks.session import Law
from glasslab.checks.subjects import (
    LENGTH,
    N_TOKENS,
    PUBLIC,
    SCRAMBLED,
    WIDTH,
    public_model,
    read_hook,
    require_no_hooks,
    sample_data,
    scaled_copy,
    scrambled_model,
)
from glasslab.models import assemble
from glasslab.tasks.base import Tokens
from glasslab.tasks.cumsum import CUMSUM

Answer = Callable[..., Any]

PATTERN, WRITTEN = "blocks.0.attn.hook_pattern", "blocks.0.hook_attn_out"
RESIDUAL = "blocks.0.hook_resid_mid"
QUERIES = ("blocks.0.attn.q.",)
KEYS = ("blocks.0.attn.k.",)
WRITES = ("blocks.0.attn.o.",)
TOKEN_EMBEDDING = ("embed.",)

Weights = dict[str, torch.Tensor]


def _rebuilt(model: TransformerBridge, change: Callable[[Weights], Weights]) -> TransformerBridge:
    """Return a copy of a model with its weights as ``change`` returns them."""
    weights = {name: weight.clone() for name, weight in model.state_dict().items()}
    return assemble(CUMSUM.config, change(weights))


def _queries_for_keys(weights: Weights) -> Weights:
    for kind in ("weight", "bias"):
        q, k = f"blocks.0.attn.q.{kind}", f"blocks.0.attn.k.{kind}"
        weights[q], weights[k] = weights[k], weights[q]
    return weights


def _random_scores(weights: Weights) -> Weights:
    drawn = scrambled_model().state_dict()
    return {
        name: drawn[name] if name.startswith(QUERIES + KEYS) else weights[name] for name in weights
    }


def _without_token(weights: Weights, token: int) -> Weights:
    weights["embed.weight"][token] = 0
    return weights


def _one_output(weights: Weights, output: int) -> Weights:
    others = [each for each in range(CUMSUM.config.d_vocab_out) if each != output]
    weights["unembed.weight"][others] = 0
    return weights


def _written_alone(model: TransformerBridge) -> torch.Tensor:
    """Return what the head writes at position 0 for each token: there it sees that token alone."""
    return read_hook(model, torch.arange(N_TOKENS)[:, None], WRITTEN)[:, 0]


def _towards_large_values(model: TransformerBridge) -> torch.Tensor:
    """Return the unit vector from what the head writes for −5 to what it writes for +5."""
    written = _written_alone(model)
    step = written[-1] - written[0]
    return (step / step.norm()).float()


def _random_directions(count: int) -> torch.Tensor:
    directions = torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(7))
    return directions / directions.norm(dim=-1, keepdim=True)


# --- attention.scores and attention.pattern -------------------------------------------------------


def _law_scores(answer: Answer) -> str:
    tokens, _ = sample_data(4)
    for name, model in ((PUBLIC, public_model()), (SCRAMBLED, scrambled_model())):
        scores = _scores(answer, model, tokens)
        log_pattern = read_hook(model, tokens, PATTERN)[:, 0].clamp_min(1e-30).log()
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
    later = scores[:, torch.ones(LENGTH, LENGTH).triu(1).bool()]
    require(
        float(later.max() - later.min()) > 1e-6,
        f"on {SCRAMBLED}, all scores of later keys are the same: leave the mask to the next "
        "exercise",
    )
    once, twice = (
        _scores(answer, model, tokens)
        for model in (scrambled_model(), scaled_copy(scrambled_model(), QUERIES, 2.0))
    )
    same(
        twice,
        2 * once,
        ("batch", "query", "key"),
        "queries twice as long must give scores twice as large",
        atol=1e-3,
    )
    same(
        _scores(answer, _rebuilt(scrambled_model(), _queries_for_keys), tokens),
        once.mT,
        ("batch", "query", "key"),
        "in a model whose queries and keys have changed places, so must rows and columns of the "
        "scores. Is something missing or added that depends on the row alone, such as the keys' "
        "bias?",
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
        raw = answer(scores.clone())
        if isinstance(raw, torch.Tensor) and bool(raw.isnan().any()):
            raise Incorrect(
                f"on {words}, some attention is nan: is zero multiplied with infinity, divided by "
                "zero, or a whole row masked? Each query may look at itself"
            )
        pattern = as_tensor(raw, axes)
        require(bool((pattern >= 0).all()), f"on {words}, some attention is negative")
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
    for name, model in ((PUBLIC, public_model()), (SCRAMBLED, scrambled_model())):
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
        for model in (scrambled_model(), scaled_copy(scrambled_model(), TOKEN_EMBEDDING, 2.0))
    )
    same(
        twice,
        2 * once,
        ("token", "d_model"),
        "token embeddings twice as long must be written twice as far; does a bias or a position "
        "stand in your rows?",
        atol=1e-3,
    )
    silent = as_tensor(
        answer(_rebuilt(scrambled_model(), lambda weights: _without_token(weights, 3))), axes
    )
    require(
        float(silent[3].norm()) < 1e-3,
        "a token whose embedding is zero has nothing to be written, so its row must be zero; yours "
        f"has length {float(silent[3].norm()):.4g}. Do you take the same off all rows?",
    )
    return "each row is what the head writes for its token, biases and positions aside"


def _law_direction(answer: Answer) -> str:
    for name, model in ((PUBLIC, public_model()), (SCRAMBLED, scrambled_model())):
        u = as_tensor(answer(model), {"d_model": WIDTH})
        require(abs(float(u.norm()) - 1) < 1e-3, f"u must have length 1; got {float(u.norm()):.4g}")
        # What the embeddings alone make the head write, measured by taking them away.
        written = _written_alone(model) - _written_alone(scaled_copy(model, TOKEN_EMBEDDING, 0.0))
        others = torch.cat(
            [_random_directions(100), *(u + t * torch.eye(WIDTH) for t in (-0.1, 0.1))]
        )
        others = others.double() / others.double().norm(dim=-1, keepdim=True)
        along_u = float((written @ u).norm())
        best = float((written @ others.T).norm(dim=0).max())
        require(
            along_u >= best * (1 - 1e-4),
            f"on {name}, another direction carries more of what the head writes than yours "
            f"(length {best:.3g} against {along_u:.3g}); which singular vector lives in the "
            "space that the head writes into?",
        )
    written = _written_alone(public_model()) @ as_tensor(answer(public_model()), {"d_model": WIDTH})
    require(
        bool(written[-1] > written[0]),
        "u points the other way: +5 must be written further along +u than −5",
    )
    return "no direction carries more, and larger values lie further along it"


def _law_values(answer: Answer) -> str:
    keys = ("slope", "intercept", "r2")
    first, second = _random_directions(2)
    for model in (public_model(), scrambled_model()):
        line, other, both, back = (
            numbers(answer(model, direction.clone()), keys)
            for direction in (first, second, first + second, -first)
        )
        require(0 <= line["r2"] <= 1 + 1e-6, f"R² lies in 0..1; got {line['r2']:.4g} as 'r2'")
        for key in ("slope", "intercept"):
            size = 1 + abs(line[key]) + abs(other[key])
            require(
                abs(line[key] + other[key] - both[key]) < 1e-3 * size
                and abs(line[key] + back[key]) < 1e-3 * size,
                f"{key!r} must add up: along a + b it is the sum of those along a and along b, "
                "along −a it changes sign",
            )
        require(
            abs(line["r2"] - back["r2"]) < 1e-4,
            "R² must be the same along a direction and its opposite",
        )
    line = numbers(answer(scrambled_model(), first.clone()), keys)
    longer = numbers(
        answer(scaled_copy(scrambled_model(), TOKEN_EMBEDDING, 2.0), first.clone()), keys
    )
    for key in ("slope", "intercept"):
        require(
            abs(longer[key] - 2 * line[key]) < 1e-3 * (1 + abs(line[key])),
            f"token embeddings twice as long are written twice as far, so {key!r} must double; it "
            f"went from {line[key]:.4g} to {longer[key]:.4g}. Are the head's biases in your line?",
        )
    empty = scaled_copy(scrambled_model(), TOKEN_EMBEDDING, 0.0)
    written = (_written_alone(scrambled_model()) - _written_alone(empty)) @ first.double()
    values = torch.arange(N_TOKENS, dtype=torch.float64) - N_TOKENS // 2
    left_over = written - line["slope"] * values - line["intercept"]
    total, trend = abs(float(left_over.sum())), abs(float(left_over @ values))
    require(
        total + trend < 0.02 * N_TOKENS,
        "the line of least squares leaves errors that sum to 0, and that neither rise nor fall "
        f"with the value; yours {'do not sum to 0' if total > trend else 'rise or fall with it'}. "
        "Is your x axis the value −5..5, or the token id 0..10?",
    )
    near(
        line["r2"],
        1 - float(left_over.var() / written.var()),
        "'r2' must be 1 − (variance of what your line leaves over) / (variance of the heights)",
        "Is each variance taken about its own mean?",
        atol=1e-3,
    )
    u = _towards_large_values(public_model())
    straight = numbers(answer(public_model(), u.clone()), keys)["r2"]
    require(straight > 0.99, f"along u the public model is all but straight; got R² {straight:.4g}")
    return "a straight line over the values −5..5, for any direction"


# --- attention.fit and attention.shuffle ----------------------------------------------------------


def _law_fit(answer: Answer) -> str:
    keys = ("mean", "sum")
    tokens, _ = sample_data(64)
    u = _towards_large_values(public_model())

    def fit(model: TransformerBridge, tokens: Tokens, direction: torch.Tensor) -> dict[str, float]:
        return fractions(answer(model, tokens.clone(), direction.clone()), keys, "an R²")

    try:
        one_token = fit(scrambled_model(), tokens[:, :1], u)
    except Incorrect as wrong:
        raise Incorrect(
            f"on sequences of one token: {wrong}. Do all positions of all sequences count "
            "together, the first one too?"
        ) from None
    require(
        abs(one_token["mean"] - one_token["sum"]) < 1e-4,
        "on sequences of one token mean and sum are the same, so both R² must be; got "
        f"{one_token['mean']:.4g} and {one_token['sum']:.4g}",
    )
    once, twice = fit(scrambled_model(), tokens, u), fit(scrambled_model(), tokens.repeat(2, 1), u)
    for key in keys:
        require(
            abs(once[key] - twice[key]) < 1e-3,
            f"{key!r}: seeing each sequence twice must not change R²; it went from "
            f"{once[key]:.4g} to {twice[key]:.4g}",
        )
    other = fit(scrambled_model(), tokens, _random_directions(1)[0])
    require(once != other, "two directions give the same R²: the one you are given must matter")
    three = torch.arange(3)[:, None] + N_TOKENS // 2 - 1
    low, middle, high = (read_hook(scrambled_model(), three, RESIDUAL)[:, 0] @ u.double()).tolist()
    steps = (low - high) ** 2 / 2
    expected = steps / (steps + (low - 2 * middle + high) ** 2 / 6)
    near(
        fit(scrambled_model(), three, u)["mean"],
        expected,
        f"for the three sequences [−1], [0], [+1] the residual stream of {SCRAMBLED} reads "
        f"{low:.3f}, {middle:.3f}, {high:.3f}, and R² is that of a line fitted to these three",
        "Is it R² and not R, with an intercept, and of resid_mid?",
        atol=1e-3,
    )
    public = fit(public_model(), tokens, u)
    require(
        public["mean"] > 0.99 or public["sum"] < 0.99,
        "on the public model the cumulative mean explains more than the cumulative sum. "
        "Have 'mean' and 'sum' changed places?",
    )
    require(
        public["mean"] > 0.99,
        "on the public model, along the direction from −5 to +5, the cumulative mean explains more "
        f"than .99 of the residual stream; got {public['mean']:.4g}. Is it the mean of all tokens "
        "so far, this one included?",
    )
    require(
        0.2 < public["sum"] < 0.7,
        "on the public model the cumulative sum explains some, but much less than the mean; got "
        f"{public['sum']:.4g}. Is it really the sum, over values and not over ids, and is it one "
        "line for all positions together?",
    )
    return (
        f"R² {public['mean']:.4f} for the mean, {public['sum']:.4f} for the sum, on the check's "
        "own sequences"
    )


def _law_shuffle(answer: Answer) -> str:
    tokens, _ = sample_data(32)
    order = torch.randperm(LENGTH - 1, generator=torch.Generator().manual_seed(3))

    def change(model: TransformerBridge, tokens: Tokens, order: torch.Tensor) -> float:
        found = number(answer(model, tokens.clone(), order.tolist()), "the largest change")
        require(found >= 0, f"a largest absolute change can't be negative; got {found:.4g}")
        return found

    still = change(scrambled_model(), tokens, torch.arange(LENGTH - 1))
    require(still < 1e-5, f"an order that moves nothing must change nothing; got {still:.4g}")
    moved = change(scrambled_model(), tokens, order)
    require(
        moved > 1,
        f"on {SCRAMBLED} this shuffle moves some logit by more than 1; got {moved:.4g}. Is "
        "anything shuffled, and do you compare logits, not probabilities?",
    )
    parts = max(change(scrambled_model(), part, order) for part in tokens.split(4))
    require(
        abs(moved - parts) < 1e-3,
        "the largest change over all sequences must be the largest of those over a few at a time; "
        f"got {moved:.4g} and {parts:.4g}",
    )
    turned = change(scaled_copy(scrambled_model(), ("unembed.",), -1.0), tokens, order)
    require(
        abs(moved - turned) < 1e-3,
        "in a model with all its logits turned round, rises become falls, so the largest change "
        f"must stay the same; got {moved:.4g} and {turned:.4g}. Do you take absolute values, of "
        "changes?",
    )
    shuffled = torch.cat([tokens[:, order], tokens[:, -1:]], dim=1)
    back = change(scrambled_model(), shuffled, order.argsort())
    require(
        abs(moved - back) < 1e-3 * (1 + moved),
        "shuffling and shuffling back must change the last logits by the same amount; got "
        f"{moved:.4g} there and {back:.4g} back. Does the last token stay in its place, and does "
        "position i get the token of position order[i]?",
    )
    alone = max(
        change(
            _rebuilt(scrambled_model(), lambda weights, k=k: _one_output(weights, k)), tokens, order
        )
        for k in range(CUMSUM.config.d_vocab_out)
    )
    require(
        abs(moved - alone) < 1e-3 * (1 + moved),
        "the largest change of any logit must be the largest of those in models that keep one "
        f"output each; got {moved:.4g} for the whole model and {alone:.4g} for these. Is it the "
        "largest absolute change of a single logit?",
    )
    public = change(public_model(), tokens, order)
    require(
        public < 0.1,
        f"on the public model the last position hardly feels the order; got {public:.4g}. "
        "Does the last token stay in its place, and are only the last logits compared?",
    )
    return "the last token stays, only the last logits count"


# --- attention.swap, attention.keep_remove, attention.verdict -------------------------------------


def _law_swap(answer: Answer) -> str:
    tokens, labels = sample_data(64)

    def increase(model: TransformerBridge) -> float:
        raw = answer(model, tokens.clone(), labels.clone())
        require_no_hooks(model)
        return number(raw, "the increase of the loss")

    def loss(model: TransformerBridge) -> float:
        logits = model(tokens).flatten(0, 1)
        return float(torch.nn.functional.cross_entropy(logits, labels.flatten()))

    public = increase(public_model())
    require(
        abs(public) < 0.01,
        f"the public model is uniform already, so the swap should cost next to nothing; got "
        f"{public:.4g} nats. Did you return the increase, and does each row spread over its past?",
    )
    plain, sharp = scrambled_model(), scaled_copy(scrambled_model(), QUERIES, 3.0)
    before, rises = ([of(model) for model in (plain, sharp)] for of in (loss, increase))
    require(
        any(abs(rise) > 1e-6 for rise in rises),
        f"on {SCRAMBLED} nothing changes: does your hook return its pattern?",
    )
    after, turned = (
        [old + sign * rise for old, rise in zip(before, rises, strict=True)] for sign in (1, -1)
    )
    agree = abs(after[0] - after[1]) < 1e-3 * after[0]
    require(
        agree or abs(turned[0] - turned[1]) > 1e-3 * turned[0],
        "the sign is turned: the increase is the loss with the swap − the loss without",
    )
    require(
        agree,
        "once the pattern is swapped, the queries no longer matter; but loss plus increase is "
        f"{after[0]:.4f} for a model and {after[1]:.4f} for the same model with longer queries. "
        "Is it the mean cross-entropy over all positions, in nats, with the swap − without?",
    )
    flat = scaled_copy(scrambled_model(), QUERIES, 0.0)
    require(
        abs(increase(flat)) < 1e-4,
        "a model without queries attends uniformly already: there the swap must change nothing; "
        f"got {increase(flat):.4g} nats. Does each row sum to 1, and only over its past?",
    )
    return f"{abs(public):.4f} nats on the public model"


def _law_keep_remove(answer: Answer) -> str:
    keys = ("keep", "remove")
    tokens, labels = sample_data(64)
    u = _towards_large_values(public_model())

    def both(model: TransformerBridge, direction: torch.Tensor) -> dict[str, float]:
        raw = answer(model, tokens.clone(), labels.clone(), direction.clone())
        require_no_hooks(model)
        return fractions(raw, keys, "an accuracy")

    silent = scaled_copy(scrambled_model(), WRITES, 0.0)
    accuracy = float((silent(tokens).argmax(-1) == labels).float().mean())
    for key, got in both(silent, u).items():
        near(
            got,
            accuracy,
            f"a head that writes nothing has nothing to keep or remove: {key!r} must be that "
            "model's own accuracy",
            "Is your edit at WRITTEN, before the fork, and is every position compared with its "
            "label?",
            atol=1e-3,
        )
    public, opposite = both(public_model(), u), both(public_model(), -u)
    require(public == opposite, "a direction and its opposite span the same line: both must agree")
    require(
        public["keep"] > 0.95 or public["remove"] < 0.95,
        "on the public model 'keep' ruins the answers and 'remove' leaves them as they are. Are "
        "'keep' and 'remove' the right way round?",
    )
    require(
        public["keep"] > 0.95,
        f"the public model keeps its accuracy on u alone; got {public['keep']:.4f}",
    )
    require(
        public["remove"] < 0.3,
        f"without u the public model is right on fewer than 30%; got {public['remove']:.4f}. Is "
        "the part along u gone from both paths that read the head's output, the MLP and the skip?",
    )
    across = _random_directions(1)[0]
    across = across - (across @ u) * u
    beside = both(public_model(), across / across.norm())
    require(
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
    tokens, labels = sample_data(128)

    def verdict(model: TransformerBridge) -> bool:
        return truth(answer(model, tokens.clone(), labels.clone()))

    require(verdict(public_model()), "the public model averages its past; you say it does not")
    require(
        not verdict(public_model("cumsum_no_decay")),
        "the model trained without weight decay does not average its past; you say it does",
    )
    require(
        not verdict(scaled_copy(scrambled_model(), QUERIES, 0.0)),
        "a model with random weights and flat attention averages noise; you say it has the circuit",
    )
    require(
        not verdict(_rebuilt(public_model(), _random_scores)),
        "the public model with a random model's queries and keys no longer solves the task; you "
        "say it averages its past",
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

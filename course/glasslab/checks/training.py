"""Public checks of unit 02_training: what any count, any step and any honest training must obey."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.expect import (
    as_tensor,
    entries,
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
    public_model,
    read_hook,
    sample_data,
    scaled_copy,
    scrambled_model,
)
from glasslab.checks.words import kind, listed
from glasslab.lean import lean_logits
from glasslab.models import build_model, freeze
from glasslab.tasks.base import Labels, ModelConfig, Tokens
from glasslab.tasks.cumsum import CUMSUM

Answer = Callable[..., Any]


# --- training.parameter_count ---------------------------------------------------------------------


def _law_count(answer: Answer) -> str:
    for config in (
        CUMSUM.config,
        ModelConfig(
            n_ctx=7, d_vocab=13, d_vocab_out=4, n_layers=2, n_heads=3, d_model=10, d_head=5
        ),
        ModelConfig(n_ctx=9, d_vocab=6, d_vocab_out=2, n_heads=2, d_model=8, d_head=3, d_mlp=None),
    ):
        model = build_model(config)
        found = numbers(answer(config.to_dict()), ("total", "trained"))
        words = ", ".join(f"{key} {value}" for key, value in config.to_dict().items())
        sizes = {name: value.numel() for name, value in model.state_dict().items()}
        total = sum(sizes.values())
        trained = sum(value.numel() for value in model.parameters())
        away = found["total"] - total
        require(
            away == 0,
            f"the model with {words} holds {'fewer' if away > 0 else 'more'} numbers than the "
            f"{found['total']:.0f} that you count.{_as_many(abs(away), sizes)}",
        )
        require(
            found["trained"] == trained,
            f"of the {total} numbers of that model an optimiser is handed "
            f"{'fewer' if found['trained'] > trained else 'more'} than {found['trained']:.0f}. "
            "Which tensor of the state dict isn't a parameter?",
        )
    return "three models built, three counts met"


def _as_many(away: float, sizes: dict[str, int]) -> str:
    """Say which tensors of a model hold just as many numbers as a count is off by."""
    names = [name for name, size in sizes.items() if size == away]
    parts = {"attention": ".attn.", "the MLPs": ".mlp.", "the unembedding": "unembed."}
    names += [
        f"all of {part}"
        for part, mark in parts.items()
        if sum(size for name, size in sizes.items() if mark in name) == away
    ]
    if not names:
        return " Is each part counted once for each head and each layer, biases too?"
    return f" You are off by as many as there are in {' or in '.join(names[:3])}."


# --- training.gradients ---------------------------------------------------------------------------


LOUD = 1e3
"""Times a model's unembedding, and what rounding leaves in a gradient is above a millionth itself;
beside the largest gradient it is as small as ever."""


def _law_gradients(answer: Answer) -> str:
    tokens, labels = sample_data(16)
    found = _reached(answer, _copy(scrambled_model()), tokens, labels)
    require(not found["unembed.bias"], "'unembed.bias' is a buffer: backward() gives it nothing")
    for name in ("embed.weight", "blocks.0.attn.q.weight", "blocks.0.mlp.out.bias"):
        require(
            found[name],
            f"{name!r} is reached in a model with random weights, and you say it isn't. Where do "
            "you read the gradient? (See the ⚠️.)",
        )
    model = scaled_copy(scrambled_model(), ("unembed.weight",), 0.0)
    found = _reached(answer, model, tokens, labels)
    for name, reached in found.items():
        require(
            reached == (name == "unembed.weight"),
            "with an unembedding that is all zeros nothing behind it can move the loss, and only "
            f"the unembedding itself is reached; got {reached} for {name!r}",
        )
    moved = "blocks.0.attn.k.bias"
    for factor in (1.0, LOUD):
        found = _reached(
            answer, scaled_copy(scrambled_model(), ("unembed.weight",), factor), tokens, labels
        )
        require(
            not found[moved],
            f"{moved!r} moves all of a query's scores alike, which no softmax feels, so its "
            "gradient is zero; what you see there is rounding"
            + (", larger than usual in a model with large gradients" if factor > 1 else "")
            + ". Compare with the largest gradient of all",
        )
    asked_twice = _copy(scrambled_model())
    _reached(answer, asked_twice, tokens, labels)
    found = _reached(answer, asked_twice, tokens[:, :1], labels[:, :1])
    moved = "blocks.0.attn.q.weight"
    require(
        not found[moved],
        "asked twice about one model, on whole sequences and then on single tokens: with one token "
        f"there is only one place to look at, so {moved!r} isn't reached, yet the second answer "
        "says so. backward() adds to what .grad holds already; clear it first",
    )
    return "what can't move the loss gets no gradient"


def _reached(
    answer: Answer, model: TransformerBridge, tokens: torch.Tensor, labels: torch.Tensor
) -> dict[str, bool]:
    found = answer(model, tokens.clone(), labels.clone())
    names = list(model.state_dict())
    if not isinstance(found, dict):
        raise Incorrect(f"expected a dict with a True or False a tensor; got {kind(found)}")
    if set(found) != set(names):
        lacking = [name for name in names if name not in found][:3]
        more = [name for name in found if name not in names]
        raise Incorrect(
            "the keys must be those of model.state_dict()"
            + (f"; missing: {', '.join(lacking)}" if lacking else "")
            + (f"; not among them: {listed(more)}" if more else "")
        )
    return {name: truth(found[name]) for name in names}


def _copy(model: TransformerBridge) -> TransformerBridge:
    return scaled_copy(model, (), 1.0)


# --- training.loss --------------------------------------------------------------------------------


def _law_loss(answer: Answer) -> str:
    _, labels = sample_data(8)

    def loss(logits: torch.Tensor, labels: torch.Tensor = labels) -> float:
        found = number(answer(logits.clone(), labels.clone()), "the mean cross-entropy")
        require(found > -1e-6, f"a cross-entropy can't be negative; got {found:.4g}")
        return found

    flat = loss(torch.zeros(*labels.shape, 3))
    require(
        abs(flat - math.log(3)) < 1e-4,
        "three equal logits are a guess with probability 1/3 each, which costs log 3 = 1.0986 nats "
        f"wherever and however often; got {flat:.5g}. Does the softmax run over the three classes, "
        "and is it a mean, in nats?",
    )
    logits = 3 * torch.randn(*labels.shape, 3, generator=torch.Generator().manual_seed(0))
    once = loss(logits)
    for words, others in (
        ("adding the same number to the three logits of a position", logits + 7.0),
        ("adding another number at each position", logits + torch.arange(LENGTH)[:, None]),
    ):
        moved = loss(others)
        require(
            abs(moved - once) < 1e-3,
            f"{words} changes no probability, so no loss; it went from {once:.4f} to {moved:.4f}",
        )
    twice = loss(torch.cat([logits, logits]), torch.cat([labels, labels]))
    require(
        abs(twice - once) < 1e-4,
        f"seeing each sequence twice must change no mean; it went from {once:.4f} to {twice:.4f}",
    )
    halves = [loss(logits[:, part], labels[:, part]) for part in (slice(0, 10), slice(10, 20))]
    require(
        abs(sum(halves) / 2 - once) < 1e-4,
        "the loss of twenty positions is the mean of that of the first ten and of the last ten "
        f"({sum(halves) / 2:.4f}); got {once:.4f}",
    )
    certain = torch.zeros(1, 1, 3)
    certain[..., 0] = 500.0
    wrongly = torch.full((1, 1), 2)
    why = (
        "Logits 500, 0, 0 where class 2 is right cost 500 nats. In a float e to the 500 is "
        "infinite, so take the largest logit away first; and e to the −500 is 0, so don't take the "
        "logarithm of a probability"
    )
    try:
        cost = loss(certain, wrongly)
    except Incorrect as error:
        raise Incorrect(f"{error}. {why}") from error
    require(abs(cost - 500) < 0.1, f"got {cost:.4g}. {why}")
    return "no constant matters, every position counts once, and large logits do no harm"


# --- training.learning_rate -----------------------------------------------------------------------


def _law_learning_rate(answer: Answer) -> str:
    for n_steps, first, last in ((10, 1e-2, 1e-3), (7, 5e-3, 0.0), (300, 1e-3, 1e-4)):
        rates = [
            number(answer(step, n_steps, first, last), "a learning rate") for step in range(n_steps)
        ]
        words = f"with {n_steps} steps from {first:g} to {last:g}"
        require(
            abs(rates[-1] - last) < 1e-9,
            f"{words} the last step, number {n_steps - 1}, must have the rate {last:g}; got "
            f"{rates[-1]:.6g}",
        )
        falls = [one - other for one, other in zip([first, *rates], rates, strict=False)]
        require(
            max(falls) - min(falls) < 1e-9,
            f"{words} each step must have a rate lower by the same amount, the first of them "
            f"already below {first:g}; the falls lie between {min(falls):.3g} and "
            f"{max(falls):.3g}",
        )
    return "equal falls, and the last step has the last rate"


# --- training.adam --------------------------------------------------------------------------------


def _law_adam(answer: Answer) -> str:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(3, 4, generator=generator)
    zeros = torch.zeros(3, 4)
    axes = {"row": 3, "column": 4}
    rate, decay = 1e-2, 0.1

    def step(*args: Any) -> dict[str, torch.Tensor]:
        given = tuple(a.clone() if isinstance(a, torch.Tensor) else a for a in args)
        found = answer(*given)
        for name, old, new in zip(
            ("weight", "gradient", "first", "second"), args[:4], given[:4], strict=True
        ):
            require(
                torch.equal(old, new),
                f"the {name} that you were handed has changed: x += y, and functions whose name "
                "ends in _, change a tensor in place. Make new ones",
            )
        keys = ("weight", "first", "second")
        return {key: as_tensor(table, axes) for key, table in _only(found, keys).items()}

    for size in (1e-3, 1.0):
        gradient = size * torch.randn(3, 4, generator=generator)
        moved = step(weight, gradient, zeros, zeros, 1, rate, 0.0)["weight"] - weight
        same(
            moved / rate,
            -gradient.sign().double(),
            tuple(axes),
            f"the first step of all goes one learning rate against the sign of the gradient, "
            f"however large it is (here about {size:g}); step divided by rate",
            atol=1e-2,
        )
    still = step(weight, zeros, zeros, zeros, 1, rate, 0.0)["weight"]
    same(still, weight.double(), tuple(axes), "without gradient and decay nothing may move")
    fading = step(weight, zeros, zeros, zeros, 1, rate, decay)["weight"]
    same(
        (fading - weight) / rate,
        -weight.sign().double(),
        tuple(axes),
        "with L2 decay and no other gradient a weight goes one learning rate towards 0, for the "
        "decay is part of the gradient that Adam sees; step divided by rate",
        atol=1e-2,
    )
    # Three steps against torch's own would hold the answer; two laws of the moments do not.
    gradient = torch.randn(3, 4, generator=generator)
    first = torch.randn(3, 4, generator=generator)
    second = torch.rand(3, 4, generator=generator)
    found = step(weight, gradient, first, second, 5, rate, 0.0)
    for key, old, new, keeps in (
        ("first", first, gradient, 0.9),
        ("second", second, gradient**2, 0.999),
    ):
        same(
            (found[key] - new) / (old.double() - new.double()),
            torch.full((3, 4), keeps, dtype=torch.float64),
            tuple(axes),
            f"the {key} moment keeps {keeps} of what it was and takes the rest from "
            f"{'the gradient' if key == 'first' else 'its square'}, and is returned as it "
            "is kept, not corrected; the share kept",
            atol=1e-2 * (1 - keeps) + 1e-3,
        )
    late = step(weight, gradient, first, second, 10**6, rate, 0.0)
    plain = late["first"] / (late["second"].sqrt() + 1e-8)
    same(
        (weight - late["weight"]) / rate,
        plain,
        tuple(axes),
        "after very many steps nothing is left to correct: the step is rate × first / √second",
        atol=1e-3,
    )
    early = step(weight, gradient, zeros, zeros, 2, rate, 0.0)
    share = (weight - early["weight"]) / rate
    expected = 0.1 / (1 - 0.9**2) / math.sqrt(0.001 / (1 - 0.999**2))
    same(
        share.abs(),
        torch.full((3, 4), expected, dtype=torch.float64),
        tuple(axes),
        "moments that were zero before step 2 are corrected by 1 − 0.9² and 1 − 0.999²; the "
        "length of the step in learning rates",
        atol=1e-2,
    )
    return "one rate against the sign at first, decay inside the gradient, moments corrected"


# --- training.train -------------------------------------------------------------------------------


def _law_train(answer: Answer) -> str:
    tokens, labels = sample_data(256)
    like = build_model(CUMSUM.config, 11).state_dict()

    def train(seed: int, labels: torch.Tensor, keep: list[int]) -> list[dict[str, torch.Tensor]]:
        kept = answer(tokens.clone(), labels.clone(), seed, keep[-1], list(keep))
        if not isinstance(kept, (list, tuple)) or len(kept) != len(keep):
            of = f" of {len(kept)}" if isinstance(kept, (list, tuple)) else ""
            raise Incorrect(
                f"for keep = {keep} expected a list of {len(keep)} state dicts; got "
                f"{kind(kept)}{of}"
            )
        return [_as_state(weights, like) for weights in kept]

    kept = train(11, labels, [0, 5, 12])
    live = all(torch.equal(kept[0][name], kept[-1][name]) for name in like)
    _same_weights(
        kept[0],
        like,
        "before the first step the weights must be those of build_model(CUMSUM.config, seed). "
        + (
            "Were they copied when they were kept? A state dict is a view of weights that go on "
            "changing"
            if live
            else "Is the seed used that is given, and is 0 kept before the first step?"
        ),
    )
    for words, one, other in (("0 to step 5", *kept[:2]), ("5 to step 12", *kept[1:])):
        still = all(torch.equal(one[name], other[name]) for name in like)
        require(not still, f"from step {words} no weight changed")
    again = train(11, labels, [0, 5, 12])
    _same_weights(again[-1], kept[-1], "the same call must give the same weights twice")
    other_seed = train(12, labels, [0, 1])[0]
    require(
        not torch.equal(other_seed["embed.weight"], kept[0]["embed.weight"]),
        "another seed must begin with other weights",
    )
    _loss_falls(kept, tokens, labels, "the true labels")
    ones = torch.ones_like(labels)
    _loss_falls(train(11, ones, [0, 12]), tokens, ones, "labels that are all 1")
    return (
        "starts fresh, keeps copies, follows its labels, and the same seed repeats itself; "
        "how accurate it gets isn't tested here"
    )


@torch.no_grad()
def _loss_falls(
    kept: list[dict[str, torch.Tensor]], tokens: Tokens, labels: Labels, words: str
) -> None:
    begin, end = (
        F.cross_entropy(lean_logits(weights, tokens).mT, labels).item()
        for weights in (kept[0], kept[-1])
    )
    require(
        end < begin,
        f"twelve steps on {words} must lower the loss on them; it went from {begin:.4f} to "
        f"{end:.4f}",
    )


def _as_state(weights: Any, like: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    if not isinstance(weights, dict) or set(weights) != set(like):
        got = f"a dict with {listed(weights)}" if isinstance(weights, dict) else kind(weights)
        raise Incorrect(
            "each entry must be a dict with the names of model.state_dict(), such as "
            f"'embed.weight' and 'unembed.bias'; got {got}"
        )
    return {
        name: as_tensor(weights[name], {f"{name} axis {i}": n for i, n in enumerate(old.shape)})
        .float()
        .clone()
        for name, old in like.items()
    }


def _same_weights(got: dict[str, torch.Tensor], like: dict[str, torch.Tensor], why: str) -> None:
    for name, expected in like.items():
        away = float((got[name] - expected).abs().max())
        require(away < 1e-6, f"{why} ({name!r} differs by up to {away:.2g})")


# --- training.by_position -------------------------------------------------------------------------


def _law_by_position(answer: Answer) -> str:
    tokens, labels = sample_data(40)
    axes = {"position": LENGTH}

    def found(
        model: TransformerBridge, tokens: torch.Tensor, labels: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        got = _only(answer(model, tokens.clone(), labels.clone()), ("accuracy", "loss"))
        return {key: as_tensor(row, {"position": tokens.shape[1]}) for key, row in got.items()}

    model = scrambled_model()
    said = read_hook(model, tokens, "unembed.hook_out").argmax(-1)
    agreeing = found(model, tokens, said)["accuracy"]
    same(
        agreeing,
        torch.ones_like(agreeing),
        tuple(axes),
        "held against its own answers a model is right at every position",
    )
    mixed = torch.where(torch.arange(LENGTH) % 2 == 0, said, (said + 1) % 3)
    found_mixed = found(model, tokens, mixed)["accuracy"]
    same(
        found_mixed,
        (torch.arange(LENGTH) % 2 == 0).double(),
        tuple(axes),
        "with labels that are its own answers at even positions and others at odd ones",
    )
    whole = found(model, tokens, labels)
    logits = read_hook(model, tokens, "unembed.hook_out")
    mean = F.cross_entropy(logits.flatten(0, 1), labels.flatten()).item()
    near(
        float(whole["loss"].mean()),
        mean,
        "the mean of the loss over the positions must be the loss of the whole, in nats",
        atol=1e-3 * (1 + mean),
    )
    begun = found(model, tokens[:, :7], labels[:, :7])
    for key in ("accuracy", "loss"):
        same(
            begun[key],
            whole[key][:7],
            ("position",),
            f"cutting the sequences after position 6 changes nothing before it ({key})",
            atol=1e-3,
        )
    return "each position on its own, and their mean is the whole"


# --- training.decay -------------------------------------------------------------------------------


def _law_decay(answer: Answer) -> str:
    for words, model, decayed in (
        ("the public model, trained with weight decay", public_model(), True),
        ("the public model without weight decay", public_model("cumsum_no_decay"), False),
        ("a model before training", freeze(build_model(CUMSUM.config, 5)), False),
    ):
        said = truth(answer(model))
        require(said == decayed, f"on {words}, you say {said}")
    return "right on both public models and on a fresh one; the hidden ones were trained for less"


# --- training.seeds -------------------------------------------------------------------------------


def _law_seeds(answer: Answer) -> str:
    keys = ("weights", "answers", "probabilities")
    tokens, _ = sample_data(24)
    public, scrambled = public_model(), scrambled_model()

    def compare(one: TransformerBridge, other: TransformerBridge) -> dict[str, float]:
        found = answer(one, other, tokens.clone())
        shares = fractions(found, keys[1:], "a share")
        return {**shares, **numbers(found, keys[:1])}

    itself = compare(scrambled, scrambled)
    for key, value in zip(keys, (1.0, 1.0, 0.0), strict=True):
        require(
            abs(itself[key] - value) < 1e-5,
            f"a model compared with itself has {key!r} {value:g}; got {itself[key]:.4g}",
        )
    there, back = compare(public, scrambled), compare(scrambled, public)
    for key in keys:
        require(abs(there[key] - back[key]) < 1e-5, f"{key!r} must not depend on who comes first")
    everything = tuple(public.state_dict())
    twice = compare(public, scaled_copy(public, everything, 2.0))["weights"]
    turned = compare(public, scaled_copy(public, everything, -1.0))["weights"]
    require(
        abs(twice - 1) < 1e-5 and abs(turned + 1) < 1e-5,
        "weights twice as long have cosine 1, weights of the opposite sign −1; got "
        f"{twice:.4g} and {turned:.4g}",
    )
    silent = scaled_copy(public, ("unembed.weight",), 0.0)
    p = public(tokens).double().softmax(-1)
    over = float((p - 1 / 3).clamp_min(0).sum(-1).mean())
    found = compare(public, silent)["probabilities"]
    near(
        found,
        over,
        "against a model that always says 1/3, 1/3, 1/3 the probability that must be moved is what "
        "lies above 1/3, on average",
        atol=1e-3,
    )
    return "the same with itself, the same both ways, and the scale of weights doesn't count"


def _only(answer: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return what a dict holds under these keys.

    Raises:
        Incorrect: it isn't a dict, or a key is missing.
    """
    found = entries(answer, keys)
    return {key: found[key] for key in keys}


LAWS: dict[str, Law] = {
    "training.parameter_count": _law_count,
    "training.gradients": _law_gradients,
    "training.loss": _law_loss,
    "training.learning_rate": _law_learning_rate,
    "training.adam": _law_adam,
    "training.train": _law_train,
    "training.by_position": _law_by_position,
    "training.decay": _law_decay,
    "training.seeds": _law_seeds,
}

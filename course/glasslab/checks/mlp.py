"""Public checks of unit 04_mlp: laws tried on the public model, on a scrambled one, and on bare
numbers.

What lets most of them work without the answer: after the MLP there is only a linear map. So a cut
in the running model equals a change of the weights that come after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.expect import as_tensor, entries, near, number, numbers, require, same
from glasslab.checks.outcome import Incorrect
from glasslab.checks.session import Law
from glasslab.checks.subjects import (
    LENGTH,
    N_TOKENS,
    PUBLIC,
    SCRAMBLED,
    public_model,
    read_hook,
    sample_data,
    scaled_copy,
    scrambled_model,
)
from glasslab.checks.words import kind as kind_of
from glasslab.checks.words import listed, shown
from glasslab.models import assemble
from glasslab.tasks.base import Labels, Tokens
from glasslab.tasks.cumsum import CUMSUM

Answer = Callable[..., Any]

N_NEURONS, N_OUTPUTS = CUMSUM.config.d_mlp or 0, CUMSUM.config.d_vocab_out
KINDS = ("zero", "mean", "resample")
ROLES = ("positive", "negative", "dead")

PRE, POST = "blocks.0.mlp.hook_pre", "blocks.0.mlp.hook_post"
READS = ("blocks.0.mlp.in.",)
OUT = "blocks.0.mlp.out.weight"  # [d_model neuron]


def _without(model: TransformerBridge, cut: Sequence[int]) -> TransformerBridge:
    """Return a copy in which some neurons write nothing."""
    state = model.state_dict()
    keep = torch.tensor([0.0 if i in cut else 1.0 for i in range(N_NEURONS)])
    return assemble(CUMSUM.config, {**state, OUT: state[OUT] * keep})


def _loss_of(logits: torch.Tensor, labels: Labels) -> float:
    return float(F.cross_entropy(logits.flatten(0, 1), labels.flatten()))


def _loss(model: TransformerBridge, tokens: Tokens, labels: Labels) -> float:
    return _loss_of(model(tokens), labels)


def _loss_without(
    model: TransformerBridge, tokens: Tokens, labels: Labels, cut: Sequence[int]
) -> float:
    """Return the loss once what some neurons add to the logits is subtracted from them."""
    parts = read_hook(model, tokens, POST)[..., list(cut)] @ model.W_out[0][list(cut)].double()
    return _loss_of(model(tokens).double() - parts @ model.W_U.double(), labels)


def _costs(model: TransformerBridge, tokens: Tokens, labels: Labels) -> torch.Tensor:
    """Return what it costs to take away what each neuron adds to the logits, in nats."""
    losses = [_loss_without(model, tokens, labels, [i]) for i in range(N_NEURONS)]
    return torch.tensor(losses, dtype=torch.float64) - _loss(model, tokens, labels)


# --- mlp.ablation ---------------------------------------------------------------------------------


def _law_ablation(answer: Answer) -> str:
    tokens, labels = sample_data(32)
    order = torch.randperm(len(tokens), generator=torch.Generator().manual_seed(5))
    cut = [1, 2, 6]

    def cost(model: TransformerBridge, kind: str, chosen: list[int], tokens: Tokens) -> float:
        raw = answer(
            model, tokens.clone(), labels[: len(tokens)].clone(), chosen, kind, order.tolist()
        )
        return number(raw, "the increase of the loss")

    for kind in KINDS:
        nothing = cost(scrambled_model(), kind, [], tokens)
        require(
            abs(nothing) < 1e-4,
            f"on {SCRAMBLED}, {kind!r}: cutting no neuron at all must cost nothing; got "
            f"{nothing:.4g}. Is it the increase of the loss, of the model you were given, and are "
            "only the neurons cut that are named?",
        )
    # What neurons [cut] put into the logits is the model less the model without them.
    for name, model in ((PUBLIC, public_model()), (SCRAMBLED, scrambled_model())):
        silent = _without(model, cut)
        clean = _loss(model, tokens, labels)
        bare, theirs = silent(tokens), model(tokens) - silent(tokens)
        wanted = {
            "zero": _loss_of(bare, labels) - clean,
            "mean": _loss_of(bare + theirs.mean((0, 1)), labels) - clean,
            "resample": _loss_of(bare + theirs[order], labels) - clean,
        }
        slips = {
            "mean": (
                _loss_of(bare + theirs.mean(0), labels) - clean,
                "You take a mean for each position: it runs over sequences and positions.",
            ),
            "resample": (
                _loss_of(bare + theirs[order.argsort()], labels) - clean,
                "Sequence b must get what belongs to sequence order[b], not the other way round.",
            ),
        }
        for kind in KINDS:
            got = cost(model, kind, list(cut), tokens)
            if abs(got - wanted[kind]) < 1e-3 * (1 + abs(wanted[kind])):
                continue
            hints = [
                (-wanted[kind], "The sign is turned: a loss that grows is a positive increase."),
                (wanted[kind] + clean, "This is the loss after the cut, not its increase."),
                (0.0, "Nothing changes. Does your hook return what it edited?"),
                *([slips[kind]] if kind in slips else []),
                *((wanted[other], f"That is {other!r} ablation.") for other in KINDS),
            ]
            said = next((f"{words} " for value, words in hints if abs(got - value) < 1e-4), "")
            raise Incorrect(
                f"{said}On {name}, {kind!r} ablation of neurons {cut} changes the loss by "
                f"{'less' if got > wanted[kind] else 'more'} than your {got:+.4f} nats. (The check "
                "cuts their outgoing weights instead, to see what they add to the logits.)"
            )
    return "three kinds of cut, each as the outgoing weights say"


# --- mlp.without ----------------------------------------------------------------------------------


def _law_without(answer: Answer) -> str:
    tokens, labels = sample_data(64)
    axes = {"label": N_OUTPUTS, "answer": N_OUTPUTS}
    for name, model in ((PUBLIC, public_model()), (SCRAMBLED, scrambled_model())):
        table = as_tensor(answer(model, tokens.clone(), labels.clone()), axes)
        total = float(table.sum())
        require(
            abs(total - 1) < 1e-4,
            "the nine entries are shares of all positions, so they must sum to 1; they sum to "
            f"{total:.4g}",
        )
        shares = labels.flatten().bincount(minlength=N_OUTPUTS).double() / labels.numel()
        cut = _without(model, range(N_NEURONS))(tokens).argmax(-1)
        said = cut.flatten().bincount(minlength=N_OUTPUTS).double() / labels.numel()
        rows, columns = table.sum(1), table.sum(0)
        if torch.allclose(columns, shares, atol=1e-3) and not torch.allclose(
            rows, shares, atol=1e-3
        ):
            raise Incorrect("the table is turned: rows are labels, columns are answers")
        same(rows, shares, ("label",), "a row must sum to how often its label occurs", atol=1e-4)
        same(
            columns,
            said,
            ("answer",),
            f"on {name}, a column must sum to how often that is answered once the neurons' "
            "outgoing weights are 0 (the output bias b_out stays). Do you set POST to zero?",
            atol=2e-3,
        )
        right = float((cut == labels).double().mean())
        near(
            float(table.diagonal().sum()),
            right,
            f"on {name} without neurons, the diagonal must sum to the share of right answers",
            atol=2e-3,
        )
    return "rows sum to the labels, columns to the answers, the diagonal to the accuracy"


# --- mlp.threshold --------------------------------------------------------------------------------


def _constant_sequences(*values: int) -> Tokens:
    """Return full-length sequences of one value each; their running mean never changes."""
    return (torch.tensor(values) + N_TOKENS // 2)[:, None].repeat(1, LENGTH)


RUNS = "runs of −4, of 0 and of +4"
STEP = 4


def _law_threshold(answer: Answer) -> str:
    keys = ("threshold", "agreement")

    def found(model: TransformerBridge, tokens: Tokens) -> list[torch.Tensor]:
        return _per_neuron(answer(model, tokens.clone()), keys)

    pre = read_hook(scrambled_model(), _constant_sequences(-STEP, 0, STEP), PRE)
    low, middle, high = pre.mean(1)
    slope, height = (high - low) / (2 * STEP), (low + middle + high) / 3
    expected = -height / slope
    threshold, agreement = found(scrambled_model(), _constant_sequences(-STEP, 0, STEP))
    if torch.allclose(threshold, expected + N_TOKENS // 2, atol=1e-2):
        raise Incorrect("the thresholds are 5 too high: is the mean one of values, not ids?")
    if torch.allclose(threshold, -expected, rtol=1e-3):
        raise Incorrect(
            "the thresholds' sign is turned: slope · mean + intercept is 0 at −intercept/slope"
        )
    off = (threshold - expected).abs() / (1 + expected.abs())
    i = int(off.argmax())
    require(
        float(off[i]) < 2e-3,
        f"on {RUNS}, the input of neuron {i} of {SCRAMBLED} is {float(low[i]):.3f}, "
        f"{float(middle[i]):.3f}, {float(high[i]):.3f} (mean over positions), and a line through "
        f"these doesn't cross 0 at your running mean, {float(threshold[i]):.4f}. Is it the "
        "pre-activation, over the mean (not the sum), with an intercept, at all positions?",
    )
    line = torch.stack([height - STEP * slope, height, height + STEP * slope])[:, None]
    shares = ((line > 0) == (pre > 0)).double().mean((0, 1))
    for i in (shares - agreement).abs().gt(1e-3).nonzero().flatten().tolist():
        require(
            abs(float(shares[i] + agreement[i]) - 1) > 1e-3,
            f"on {RUNS}, neuron {i} agrees with its line where you say it doesn't, and the other "
            f"way round (yours is {float(agreement[i]):.4f}): does a *falling* line need the other "
            "inequality?",
        )
    same(
        agreement,
        shares,
        ("neuron",),
        f"on {RUNS}, the share of positions at which it fires just where its line is above 0",
        atol=1e-3,
    )
    tokens, _ = sample_data(64)
    plain, flipped = (
        found(model, tokens)
        for model in (scrambled_model(), scaled_copy(scrambled_model(), READS, -2.0))
    )
    for i, key in enumerate(keys):
        same(
            flipped[i],
            plain[i],
            ("neuron",),
            f"turning a neuron's input round and doubling it moves no crossing: {key!r} must stay",
            atol=2e-3 * (1 + float(plain[i].abs().max())),
        )
    _, agreement = found(public_model(), tokens)
    require(
        float(agreement.min()) > 0.9,
        "on the public model each neuron agrees with its line at more than nine positions in ten; "
        f"got {float(agreement.min()):.3f} for one. Which side of its threshold does a neuron with "
        "a falling line fire on?",
    )
    return f"agreement at least {float(agreement.min()):.3f} on the check's own sequences"


def _per_neuron(answer: Any, keys: tuple[str, ...]) -> list[torch.Tensor]:
    """Return the lists of one number a neuron that a dict holds under these keys."""
    found = entries(answer, keys)
    first = found[keys[0]]
    if torch.is_tensor(first) and bool(first.isnan().any()):
        raise Incorrect(
            f"some {keys[0]!r} is nan. Do you read what goes into the ReLU? What comes out of it "
            "never changes for a neuron that doesn't fire."
        )
    return [as_tensor(found[key], {"neuron": N_NEURONS}) for key in keys]


# --- mlp.cause ------------------------------------------------------------------------------------


def _law_cause(answer: Answer) -> str:
    tokens, labels = sample_data(48)
    keys = ("correlation", "cost")

    def found(model: TransformerBridge, tokens: Tokens, labels: Labels) -> list[torch.Tensor]:
        correlation, cost = _per_neuron(answer(model, tokens.clone(), labels.clone()), keys)
        require(
            float(correlation.abs().max()) <= 1 + 1e-5,
            f"a correlation lies in −1..1; got one of {float(correlation.abs().max()):.4g} in size",
        )
        return [correlation, cost]

    runs = _constant_sequences(-STEP, 0, STEP)
    pre = read_hook(scrambled_model(), runs, PRE)
    spread = ((pre - pre.mean((0, 1))) ** 2).sum((0, 1))
    expected = (pre[2] - pre[0]).sum(0) / (2 * LENGTH * spread).sqrt()
    got, _ = found(scrambled_model(), runs, CUMSUM.label(runs))
    require(
        not torch.allclose(got, expected.abs(), atol=1e-3),
        "a correlation has a sign: keep it. Some of these inputs fall as the mean rises",
    )
    same(
        got,
        expected,
        ("neuron",),
        f"on {RUNS}, the correlation of a neuron's input (before the ReLU) with the running mean "
        f"(not the sum), on {SCRAMBLED}",
        atol=1e-3,
    )
    for name, model in ((PUBLIC, public_model()), (SCRAMBLED, scrambled_model())):
        _, cost = found(model, tokens, labels)
        costs = _costs(model, tokens, labels)
        require(
            not torch.allclose(cost, -costs, atol=1e-4) or torch.allclose(cost, costs, atol=1e-4),
            "the costs' sign is turned: a loss that grows is a positive cost",
        )
        same(
            cost,
            costs,
            ("neuron",),
            f"on {name}, silencing a neuron alone must raise the loss by as much as taking what it "
            "adds to the logits away from them",
            atol=1e-3,
        )
    numb = _without(public_model(), range(N_NEURONS))
    correlation, cost = found(numb, tokens, labels)
    require(
        float(cost.abs().max()) < 1e-4,
        "in a model that reads none of its neurons, silencing one must cost nothing; got "
        f"{float(cost.abs().max()):.4g}",
    )
    same(
        correlation,
        found(public_model(), tokens, labels)[0],
        ("neuron",),
        "whether anybody reads a neuron must not change its correlation",
        atol=1e-3,
    )
    return "correlations of inputs, costs of silencing; the one doesn't follow from the other"


# --- mlp.roles ------------------------------------------------------------------------------------


def _law_roles(answer: Answer) -> str:
    tokens, labels = sample_data(48)

    def roles(model: TransformerBridge, tokens: Tokens, labels: Labels, least: float) -> list[str]:
        raw = answer(model, tokens.clone(), labels.clone(), least)
        if not isinstance(raw, (list, tuple)) or len(raw) != N_NEURONS:
            of = f" of {len(raw)}" if isinstance(raw, (list, tuple)) else ""
            raise Incorrect(
                f"expected a list of {N_NEURONS} words, one for each neuron; got {kind_of(raw)}{of}"
            )
        for word in raw:
            known = isinstance(word, str) and word in ROLES
            require(known, f"a role is one of {listed(ROLES)}; got {shown(word)}")
        return list(raw)

    large = roles(public_model(), tokens, labels, 100.0)
    require(
        set(large) == {"dead"},
        "no neuron is worth 100 nats, so with least = 100 all must be 'dead'",
    )
    numb = roles(_without(public_model(), range(N_NEURONS)), tokens, labels, 1e-3)
    require(
        set(numb) == {"dead"},
        "in a model that reads none of its neurons all are 'dead', however much they fire",
    )
    sums = (tokens - N_TOKENS // 2).cumsum(1)
    for name, model in ((PUBLIC, public_model()), (SCRAMBLED, scrambled_model())):
        costs = _costs(model, tokens, labels)
        sizes = costs.abs().sort().values
        least = float((sizes[2] + sizes[3]) / 2)
        post = read_hook(model, tokens, POST)
        above, below = post[sums > 0].mean(0), post[sums < 0].mean(0)
        got = roles(model, tokens, labels, least)
        for i in range(N_NEURONS):
            dead = bool(costs[i].abs() < least)
            require(
                (got[i] == "dead") == dead,
                f"on {name}, with least = {least:.4f} nats, you call neuron {i} {got[i]!r}; "
                f"silencing it alone changes the loss by {'less' if dead else 'more'} than that. "
                "(A loss that falls has changed, too.)",
            )
            side = "positive" if above[i] > below[i] else "negative"
            require(
                dead or got[i] == side,
                f"on {name}, neuron {i} puts out {float(above[i]):.3f} on average where the "
                f"running mean is above 0 and {float(below[i]):.3f} where it is below, and you "
                f"call it {got[i]!r}",
            )
    return "dead where the loss hardly moves, else the side on which it fires more"


# --- mlp.group and mlp.predict --------------------------------------------------------------------


def _law_group(answer: Answer) -> str:
    keys = ("together", "singles")
    tokens, labels = sample_data(48)

    def both(model: TransformerBridge, group: list[int]) -> dict[str, float]:
        return numbers(answer(model, tokens.clone(), labels.clone(), list(group)), keys)

    for name, model in ((PUBLIC, public_model()), (SCRAMBLED, scrambled_model())):
        one = both(model, [3])
        require(
            abs(one["together"] - one["singles"]) < 1e-4,
            "for a group of one, 'together' and 'singles' are the same cut; got "
            f"{one['together']:.4f} and {one['singles']:.4f}",
        )
        first, second, union = both(model, [0, 3]), both(model, [5]), both(model, [5, 0, 3])
        require(
            abs(first["singles"] + second["singles"] - union["singles"]) < 1e-3,
            "'singles' is a sum, so for [0, 3] and [5] it must add up to that for [0, 3, 5]; got "
            f"{first['singles']:.4f} and {second['singles']:.4f}, and {union['singles']:.4f}",
        )
        clean = _loss(model, tokens, labels)
        expected = _loss_without(model, tokens, labels, [0, 3, 5]) - clean
        near(
            union["together"],
            expected,
            f"on {name}, 'together' must be by how much the loss rises once what neurons 0, 3 and "
            "5 add to the logits is taken away from them",
            "Is it the increase, with all three set to zero at once?",
            atol=1e-3 * (1 + abs(expected)),
        )
        alone = float(_costs(model, tokens, labels)[3])
        near(
            one["singles"],
            alone,
            f"on {name}, for [3] 'singles' must be what silencing neuron 3 alone costs",
            "Is it the increase of the loss?",
            atol=1e-3 * (1 + abs(alone)),
        )
    return "a group of one is one cut, and singles add up"


def _law_predict(answer: Answer) -> str:
    generator = torch.Generator().manual_seed(1)
    clean = 2 * torch.randn(6, LENGTH, N_OUTPUTS, generator=generator)
    changes = 2 * torch.randn(N_NEURONS, 6, LENGTH, N_OUTPUTS, generator=generator)
    changes[4] = -changes[1]
    changes[6] = 2 * changes[2]
    changes[5] = changes[2]
    changes[7] = 3.0  # the same for all outputs: a softmax doesn't feel it
    labels = torch.randint(N_OUTPUTS, (6, LENGTH), generator=generator)
    silenced = clean + changes

    def cost(group: list[int]) -> float:
        raw = answer(clean.clone(), silenced.clone(), labels.clone(), list(group))
        return number(raw, "the predicted increase of the loss")

    for i in (0, 3):
        expected = _loss_of(silenced[i], labels) - _loss_of(clean, labels)
        near(
            cost([i]),
            expected,
            f"for a group of one the answer was measured: it is by how much the loss of the "
            f"logits with neuron {i} silenced is above the clean one",
            atol=1e-3,
        )
    cases = (
        ([1, 4], [], "two neurons whose changes of the logits cancel cost nothing together"),
        ([2, 5], [6], "two neurons that each change the logits by c cost what one that changes "
         "them by 2c does"),
        ([0, 7], [0], "a neuron that lifts all three logits alike changes no answer, so it adds "
         "no cost"),
        ([1, 3, 4], [3], "beside neuron 3, two whose changes cancel add no cost"),
    )  # fmt: skip
    for group, equal, words in cases:
        near(
            cost(group),
            cost(equal) if equal else 0.0,
            f"in logits made up for this check, {words}",
            atol=1e-3,
        )
    return "what neurons do to the logits adds up; the loss is taken at the end"


LAWS: dict[str, Law] = {
    "mlp.ablation": _law_ablation,
    "mlp.without": _law_without,
    "mlp.threshold": _law_threshold,
    "mlp.cause": _law_cause,
    "mlp.roles": _law_roles,
    "mlp.group": _law_group,
    "mlp.predict": _law_predict,
}

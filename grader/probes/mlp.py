"""Hidden questions of unit 04_mlp: neurons cut, described and foreseen, on models never seen.

The labels are always those of the running sum, on decoys too: there the MLP may do harm, so costs
may be negative, and an answer must not take for granted that cutting hurts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import Intervention, run_with, zero_ablate
from glasslab.tasks.base import Labels, Tokens
from glasslab.tasks.cumsum import decode
from grader.findings import groups, neurons
from grader.findings.causal import performance, performance_with
from grader.findings.statistics import running_mean, running_sum
from grader.probes.base import RIGHT, Judgement, Probe, Question, as_array, wrong
from grader.probes.subjects import GROUPS, about, asking, judging, sample_data
from grader.suite import Subject

N_NEURONS = 8
KINDS: tuple[neurons.Kind, ...] = ("zero", "mean", "resample")


def _loss(model: TransformerBridge, tokens: Tokens, labels: Labels, *edits: Intervention) -> float:
    return performance_with(model, tokens, labels, *edits).cross_entropy


def _some_neurons(generator: torch.Generator, count: int) -> list[int]:
    return sorted(torch.randperm(N_NEURONS, generator=generator)[:count].tolist())


# --- mlp.ablation ---------------------------------------------------------------------------------


def _ask_ablation(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(48, generator)
    clean = _loss(model, tokens, labels)
    order = torch.randperm(len(tokens), generator=generator)
    for kind in KINDS:
        cut = _some_neurons(generator, 4)
        rest = [i for i in range(N_NEURONS) if i not in cut]

        def cost(kind: neurons.Kind, chosen: Sequence[int], order: torch.Tensor = order) -> float:
            edit = neurons.ablation(kind, chosen, order)
            return _loss(model, tokens, labels, edit) - clean

        def by_position(activation: torch.Tensor, cut: Sequence[int] = cut) -> torch.Tensor:
            activation = activation.clone()
            activation[..., cut] = activation.mean(0, keepdim=True)[..., cut].expand_as(
                activation[..., cut]
            )
            return activation

        right = cost(kind, cut)
        forms = {
            **{
                f"where {kind!r} was asked for, it is another kind of ablation": cost(other, cut)
                for other in KINDS
                if other != kind
            },
            "it is the loss after the cut, not its increase": right + clean,
            "the sign is turned: a loss that grows is a positive increase": -right,
            "all neurons are cut, not those that were named": cost(kind, range(N_NEURONS)),
            "the neurons that were named are kept, and the others cut": cost(kind, rest),
            "nothing seems to be cut": 0.0,
        }
        if kind == "mean":
            at_each = _loss(model, tokens, labels, Intervention(neurons.POST, by_position)) - clean
            forms["the mean is taken at each position, not over all of them"] = at_each
        if kind == "resample":
            forms["the order is followed backwards"] = cost(kind, cut, order.argsort())
        # A group for each kind: one function is asked for that does all three.
        group = f"{GROUPS[subject.role]}, {kind} ablation"
        yield Question(group, (model, tokens, labels, cut, kind, order.tolist()), right, forms)


# --- mlp.without ----------------------------------------------------------------------------------


def _ask_without(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(64, generator)

    def table(*edits: Intervention) -> torch.Tensor:
        return neurons.says_table(model, tokens, labels, *edits)

    right = table(zero_ablate(neurons.POST))
    forms = {
        "labels and answers have changed places": right.T,
        "the MLP is still at work": table(),
        "the MLP's output bias is removed as well": table(zero_ablate("blocks.0.hook_mlp_out")),
        "its input is cut, so the neurons still fire by their biases": table(
            zero_ablate(neurons.PRE.replace("hook_pre", "hook_in"))
        ),
        "the rows are shares of each label, not of all positions": right
        / right.sum(1, keepdim=True).clamp_min(1e-9),
        "it counts positions instead of giving shares": right * labels.numel(),
        "the neurons are set to their means, not to zero": table(
            neurons.ablation("mean", range(N_NEURONS), torch.arange(len(tokens)))
        ),
    }
    yield about(subject, (model, tokens, labels), right, forms)


# --- mlp.threshold --------------------------------------------------------------------------------


# A line that explains less than this share of a neuron's input crosses zero anywhere; rounding in
# float32 moves the crossing by about 1e-7 over the correlation, far within the tolerance.
LEAST_R2 = 1e-3
THRESHOLD_TOLERANCE = 2e-3
# Three of 1,280 positions: a mean may fall on the line's crossing, to within rounding.
AGREEMENT_TOLERANCE = 0.0025


def _crossing(x: torch.Tensor, pre: torch.Tensor) -> np.ndarray:
    """Return where least-squares lines over x cross zero, one for each neuron."""
    x, y = x.flatten().double(), pre.flatten(0, 1).double()
    slope = (x - x.mean()) @ (y - y.mean(0)) / ((x - x.mean()) ** 2).sum()
    return (x.mean() - y.mean(0) / slope).numpy()


def _ask_threshold(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, _ = sample_data(64, generator)
    found = neurons.switch_on(model, tokens)
    pre, post = (neurons.neuron_activations(model, tokens, h) for h in (neurons.PRE, neurons.POST))
    means = running_mean(decode(tokens))
    forms = {
        "the sign is turned": -found.threshold,
        "token ids are averaged, not values": _crossing(running_mean(tokens), pre),
        "the line runs over the running sum, not the mean": _crossing(
            running_sum(decode(tokens)), pre
        ),
        "the line is fitted to what comes out of the ReLU": _crossing(means, post),
        "the line is fitted at the last position only": _crossing(means[:, -1:], pre[:, -1:]),
    }
    question = about(subject, (model, tokens), found.threshold, forms)
    question.context.update(agreement=found.agreement, counts=found.correlation**2 > LEAST_R2)
    yield question


def _judge_threshold(question: Question, answer: Any) -> Judgement:
    counts = np.asarray(question.context["counts"])
    found = _two_lists(answer, ("threshold", "agreement"), counts)
    if isinstance(found, Judgement):
        return found
    threshold, agreement = found

    def same_as(form: Any) -> bool:
        form = np.asarray(form, dtype=np.float64)
        off = np.abs(threshold - form) / (1 + np.abs(form))
        return bool((off[counts] <= THRESHOLD_TOLERANCE).all())

    if not same_as(question.expected):
        known = (words for words, form in question.forms.items() if same_as(form))
        return wrong(next(known, "the thresholds differ"))
    off = np.abs(agreement - np.asarray(question.context["agreement"]))[counts]
    if (off > AGREEMENT_TOLERANCE).any():
        return wrong("the thresholds are right, the agreements are not")
    return RIGHT


def _two_lists(
    answer: Any, keys: tuple[str, str], counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | Judgement:
    """Return the two lists of one number a neuron that a dict holds, or what is wrong with it.

    A neuron that doesn't count may have no finite number: its line or correlation may not exist.
    """
    if not isinstance(answer, dict) or any(key not in answer for key in keys):
        return wrong("the answer is not a dict with the keys that were asked for")
    first, second = (as_array(answer[key]) for key in keys)
    if first is None or second is None:
        return wrong("the answer does not hold lists of numbers")
    if first.shape != (N_NEURONS,) or second.shape != (N_NEURONS,):
        return wrong("the answer does not hold one number for each neuron")
    if not (np.isfinite(first[counts]).all() and np.isfinite(second).all()):
        return wrong("the answer holds values that are not finite")
    return first, second


# --- mlp.cause ------------------------------------------------------------------------------------


# A neuron whose input hardly varies has a correlation made of rounding.
LEAST_SPREAD = 1e-4
CORRELATION_TOLERANCE = 5e-4


def _ask_cause(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(48, generator)
    pre = neurons.neuron_activations(model, tokens, neurons.PRE)
    clean = _loss(model, tokens, labels)
    right = np.array(neurons.neuron_zero_ablation_loss_increase(model, tokens, labels))
    identity = torch.arange(len(tokens))
    forms = {
        "the costs are losses, not their increases": right + clean,
        "the costs' sign is turned": -right,
        "the costs are without sign, though a cut can help": np.abs(right),
        "the costs are those of mean ablation": np.array(
            [
                _loss(model, tokens, labels, neurons.ablation("mean", [i], identity)) - clean
                for i in range(N_NEURONS)
            ]
        ),
    }
    correlation = neurons.switch_on(model, tokens).correlation
    question = about(subject, (model, tokens, labels), right, forms)
    question.context.update(correlation=correlation, counts=pre.std((0, 1)) > LEAST_SPREAD)
    yield question


def _judge_cause(question: Question, answer: Any) -> Judgement:
    counts = np.asarray(question.context["counts"])
    found = _two_lists(answer, ("correlation", "cost"), counts)
    if isinstance(found, Judgement):
        return found
    correlation, cost = found
    expected = np.asarray(question.context["correlation"])
    off = np.abs(correlation - expected)[counts]
    if (off > CORRELATION_TOLERANCE).any():
        if (np.abs(correlation - expected**2)[counts] <= CORRELATION_TOLERANCE).all():
            return wrong("the correlations are squared")
        if (np.abs(correlation - np.abs(expected))[counts] <= CORRELATION_TOLERANCE).all():
            return wrong("the correlations have lost their sign")
        return wrong("the correlations differ")
    # Losses of a few tenths, or of 20 on decoys, carry six digits.
    return judging(atol=2e-4, rtol=1e-3)(question, cost)


# --- mlp.roles ------------------------------------------------------------------------------------


# A neuron that fires as much on both sides, to within this share, has no side that counts.
EVEN = 2e-3


def _ask_roles(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(64, generator)
    costs = neurons.neuron_zero_ablation_loss_increase(model, tokens, labels)
    least = _in_the_widest_gap(costs)
    activations = neurons.neuron_activations(model, tokens)
    means = running_mean(decode(tokens))
    roles = neurons.neuron_roles(activations, means, costs, least)
    above, below = (activations[side].mean(0) for side in (means > 0, means < 0))
    even = (above - below).abs() < EVEN * (above + below)
    question = about(subject, (model, tokens, labels, least), roles, {})
    question.context["even"] = even.tolist()
    yield question


def _in_the_widest_gap(costs: Sequence[float]) -> float:
    """Return a line with at least one and at most four costs below it, far from all of them."""
    sizes = np.sort(np.maximum(np.abs(costs), 1e-5))
    k = int(np.argmax(sizes[1:5] / sizes[:4]))
    return float(f"{np.sqrt(sizes[k] * sizes[k + 1]):.3g}")


def _judge_roles(question: Question, answer: Any) -> Judgement:
    if not isinstance(answer, (list, tuple)) or len(answer) != N_NEURONS:
        return wrong("the answer is not a list of one word for each neuron")
    if any(word not in ("positive", "negative", "dead") for word in answer):
        return wrong("a role is neither 'positive' nor 'negative' nor 'dead'")
    pairs = [
        (given, role)
        for given, role, even in zip(answer, question.expected, question.context["even"])
        if not (even and given != "dead" and role != "dead")
    ]
    if all(given == role for given, role in pairs):
        return RIGHT
    turned = {"positive": "negative", "negative": "positive", "dead": "dead"}
    if all(turned[given] == role for given, role in pairs):
        return wrong("positive and negative have changed places")
    if all(role in (given, "dead") for given, role in pairs):
        return wrong("it takes for alive what changes the loss by less than was asked for")
    if all(given in (role, "dead") for given, role in pairs):
        return wrong("it takes for dead what changes the loss by more, up or down")
    return wrong("the roles differ")


# --- mlp.group and mlp.predict --------------------------------------------------------------------


def _telling_groups(
    model: TransformerBridge, tokens: Tokens, labels: Labels, generator: torch.Generator, count: int
) -> list[list[int]]:
    """Return the groups, of some drawn and the two sides, whose cost is furthest from a sum."""
    activations = neurons.neuron_activations(model, tokens)
    means = running_mean(decode(tokens))
    higher = activations[means > 0].mean(0) > activations[means < 0].mean(0)
    sides = [side.nonzero()[:, 0].tolist() for side in (higher, ~higher)]
    drawn = [_some_neurons(generator, 4) for _ in range(4)]
    clean, silenced = run_with(model, tokens), groups.silenced_logits(model, tokens)

    def surplus(group: list[int]) -> float:
        each = [groups.predicted_loss_increase(clean, silenced, labels, [i]) for i in group]
        together = groups.predicted_loss_increase(clean, silenced, labels, group)
        return abs(together - sum(each))

    several = [group for group in (*sides, *drawn) if 2 <= len(group) <= 6]
    return sorted(several, key=surplus)[-count:]


def _ask_group(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(48, generator)
    clean = _loss(model, tokens, labels)
    each = neurons.neuron_zero_ablation_loss_increase(model, tokens, labels)
    for group in _telling_groups(model, tokens, labels, generator, 1):
        together = groups.group_zero_ablation_loss_increase(model, tokens, labels, group)
        singles = sum(each[i] for i in group)
        forms = {
            "'together' and 'singles' have changed places": [singles, together],
            "they are losses, not their increases": [
                together + clean,
                singles + clean * len(group),
            ],
            "'singles' is the mean, not the sum": [together, singles / len(group)],
            "'singles' is the sum over all neurons": [together, sum(each)],
            "the signs are turned": [-together, -singles],
        }
        yield about(subject, (model, tokens, labels, group), [together, singles], forms)


def _ask_predict(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(32, generator)
    clean, silenced = run_with(model, tokens), groups.silenced_logits(model, tokens)
    loss = performance(clean, labels).cross_entropy
    for group in _telling_groups(model, tokens, labels, generator, 2):
        # What is measured, not what is foreseen: the two are compared here each time.
        cost = groups.group_zero_ablation_loss_increase(model, tokens, labels, group)
        each = [groups.predicted_loss_increase(clean, silenced, labels, [i]) for i in group]
        forms = {
            "it is the sum of the single costs: losses don't add": sum(each),
            "it is the largest of the single costs": max(each),
            "it is the loss after the cut, not its increase": cost + loss,
            "the logits are averaged over the group; what each neuron takes away adds up": (
                performance(silenced[group].mean(0), labels).cross_entropy - loss
            ),
            "the logits are added up as they are; it is their changes that add": (
                performance(silenced[group].sum(0), labels).cross_entropy - loss
            ),
            "the changes are added with the wrong sign": (
                performance(
                    2 * clean - run_with(model, tokens, zero_ablate(neurons.POST, group)), labels
                ).cross_entropy
                - loss
            ),
            "it is the cost of all neurons, not of the group": (
                groups.group_zero_ablation_loss_increase(model, tokens, labels, range(N_NEURONS))
            ),
        }
        yield about(subject, (clean, silenced, labels, group), cost, forms)


# Costs are differences of losses of 0.07 to 30 nats in float32. Other roads to the same number
# (float64, another order of sums) differ by parts in a million; the nearest wrong form measured is
# 2e-3 away on references.
_BY_PARTS = (
    ("mlp.ablation", _ask_ablation, judging(atol=2e-4, rtol=1e-3)),
    # Three of 1,280 positions: a logit near a tie may fall either way in float32.
    ("mlp.without", _ask_without, judging(atol=0.0025, rtol=0)),
    ("mlp.threshold", _ask_threshold, _judge_threshold),
    ("mlp.cause", _ask_cause, _judge_cause),
    ("mlp.group", _ask_group, judging(atol=2e-4, rtol=1e-3, keys=("together", "singles"))),
    ("mlp.predict", _ask_predict, judging(atol=2e-4, rtol=1e-3)),
)

PROBES: tuple[Probe, ...] = (
    *(Probe(name, asking(name, ask), judge) for name, ask, judge in _BY_PARTS),
    Probe("mlp.roles", asking("mlp.roles", _ask_roles), _judge_roles, partial_credit=False),
)

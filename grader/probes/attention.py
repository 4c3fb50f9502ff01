"""Hidden questions of unit 03_attention: the same analysis, on models that nobody has seen.

Directions that are handed over are not
u itself but a tilted copy: an answer must do its work for any direction, and u stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import Intervention, run_with, swap_pattern
from glasslab.models import assemble, config_of
from glasslab.tasks.base import Labels, Tokens
from glasslab.tasks.cumsum import decode
from grader.findings import attention, causal, ov
from grader.findings.statistics import r2, running_mean, running_sum
from grader.probes.base import (
    RIGHT,
    Judgement,
    Probe,
    Question,
    as_array,
    as_number,
    close_to,
    wrong,
)
from grader.probes.disguise import disguise
from grader.probes.subjects import (
    GROUPS,
    AskSubject,
    about,
    asking,
    judging,
    sample_data,
    shaken,
)
from grader.suite import Subject

TILT = 1.5
"""How much of a perpendicular direction is mixed into u before it is handed over: enough that
reading along u itself, or the head's output for the residual stream, gives other numbers."""


def _with_shaken_decoys(ask: AskSubject) -> AskSubject:
    """Ask about each decoy twice: as it is, and with its weights shaken.

    Some decoys write along one direction, linearly and about 0, as references do: whatever is right
    only for such a head would be right on too many of them.
    """

    def ask_both(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
        yield from ask(subject, generator)
        if subject.role == "decoy":
            yield from ask(replace(subject, model=shaken(subject.model, generator)), generator)

    return ask_both


def _tilted_u(model: TransformerBridge, generator: torch.Generator) -> ov.Direction:
    """Return a unit vector at about 56 degrees from u."""
    u = ov.direction_u(model)
    other = torch.randn(u.shape, generator=generator)
    other = other - (other @ u) * u
    tilted = u + TILT * other / other.norm()
    return tilted / tilted.norm()


# --- attention.scores -----------------------------------------------------------------------------


def _ask_scores(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    tokens, _ = sample_data(6, generator)
    scores = attention.attention_scores(subject.model, tokens)[:, 0]
    root = subject.model.cfg.d_head**0.5
    forms = {
        "it returns the attention pattern (the cache's entry for scores holds that)": (
            attention.attention_pattern(subject.model, tokens)[:, 0]
        ),
        "the scores are not divided by the root of d_head": scores * root,
        "the scores are divided by d_head, not by its root": scores / root,
        "queries and keys have changed places": scores.mT,
        "the future is set to zero": scores.tril(),
    }
    yield about(subject, (subject.model, tokens), scores, forms)


def _judge_scores(question: Question, answer: Any) -> Judgement:
    array = as_array(answer)
    if array is not None and array.ndim == 3 and np.isneginf(array).any():
        return wrong("the causal mask is applied already")
    # A reference's scores may be as small as 1e-11; the decoys' are what tells answers apart.
    return judging(atol=1e-5, rtol=1e-4)(question, answer)


# --- attention.pattern ----------------------------------------------------------------------------


def _ask_pattern(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    tokens, _ = sample_data(6, generator)
    # A head's own scores, and steep ones: two-sided, so that a mask of zeros shows.
    scores = attention.attention_scores(subject.model, tokens)[:, 0]
    noise = 2 * torch.randn(scores.shape, generator=generator)
    for given in (scores, scores + noise):
        future = ~attention.causal_mask(given.shape[-1])
        right = given.masked_fill(future, -torch.inf).softmax(-1)
        forms = {
            "a causal mask is missing": given.softmax(-1),
            "the future's scores are set to 0, which is not minus infinity": (
                given.masked_fill(future, 0).softmax(-1)
            ),
            "the mask comes after the softmax, so rows no longer sum to one": (
                given.softmax(-1).masked_fill(future, 0)
            ),
            "the softmax runs over the queries": (
                given.masked_fill(future, -torch.inf).softmax(-2)
            ),
            "the softmax is applied twice": right.masked_fill(future, -torch.inf).softmax(-1),
            "the mask hides the past instead of the future": (
                given.masked_fill(future.mT, -torch.inf).softmax(-1)
            ),
            "a query may not look at itself": (
                given.masked_fill(future | torch.eye(given.shape[-1]).bool(), -torch.inf)
                .softmax(-1)
                .nan_to_num()
            ),
            "the pattern is uniform whatever the scores say": (
                attention.uniform_pattern(given.shape[-1]).expand_as(given)
            ),
        }
        yield about(subject, (given,), right, forms)


# --- attention.ov ---------------------------------------------------------------------------------


def _ask_ov(subject: Subject, _: torch.Generator) -> Iterable[Question]:
    model = subject.model
    circuit = ov.ov_circuit(model)
    bias = model.b_V[0, 0] @ model.W_O[0, 0] + model.b_O[0]
    forms = {
        "the biases are added in": circuit + bias,
        "the value bias is added in": circuit + model.b_V[0, 0] @ model.W_O[0, 0],
        "the direct path of the embedding is added in": circuit + model.W_E,
        "the rows are centred": circuit - circuit.mean(0),
    }
    yield about(subject, (model,), circuit, forms)


# --- attention.direction --------------------------------------------------------------------------


# Measured on 17 models: the same u by other honest roads (float64, eigenvectors, centred rows) is
# within 1e-5 of cosine 1 times the gap below; the difference of the rows of +5 and −5, which is no
# singular vector, is up to 1e-5 off where the circuit is nearly rank one but 2e-4 and 2e-2 off on
# the decoys with slower or hardly falling singular values.
DIRECTION_TOLERANCE = 2e-5


def _ask_direction(subject: Subject, _: torch.Generator) -> Iterable[Question]:
    model = subject.model
    circuit = ov.ov_circuit(model)
    singular_values = torch.linalg.svdvals(circuit)
    written = ov.values_along_u(model)
    forms = {
        "it is a direction that the head reads, not one that it writes": (
            torch.linalg.svd(ov.ov_matrix(model)).U[:, 0]
        ),
    }
    question = about(subject, (model,), ov.direction_u(model), forms)
    # The true u's sign follows the slope over all tokens, the learner's may follow the two ends. A
    # decoy in which they disagree, or in which the ends are all but level, decides no sign.
    gap = float(1 - singular_values[1] / singular_values[0])
    undecided = float(written[-1] - written[0]) < 0.05 * float(written.abs().max())
    question.context.update(gap=gap, sign_undecided=undecided)
    yield question


def _judge_direction(question: Question, answer: Any) -> Judgement:
    verdict = close_to(question, answer, atol=1e9)  # shape and finiteness only
    if not verdict.right:
        return verdict
    u, expected = as_array(answer), np.asarray(question.expected, dtype=np.float64)
    assert u is not None
    length = float(np.linalg.norm(u))
    if abs(length - 1) > 1e-3:
        return wrong("it is not a unit vector")
    cosine = float(u @ expected) / length
    if 1 - abs(cosine) <= DIRECTION_TOLERANCE / max(question.context["gap"], 0.01):
        if cosine > 0 or question.context["sign_undecided"]:
            return RIGHT
        return wrong("it points the other way: larger values must lie further along it")
    for sentence, form in question.forms.items():
        if abs(float(u @ np.asarray(form, dtype=np.float64))) > 0.999:
            return wrong(sentence)
    return wrong("it is not the direction that the head writes most along")


# --- attention.values and attention.fit -----------------------------------------------------------


def _ask_values(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    direction = _tilted_u(model, generator)
    values = decode(torch.arange(model.W_E.shape[0])).double()
    written = (ov.ov_circuit(model) @ direction).double()
    slope = float(values @ written / (values @ values))
    height, fit = float(written.mean()), r2(values, written)
    line = [slope, height, fit]
    direct = (model.W_E @ direction).double()
    forms = {
        "token ids stand in for values": [slope, height - 5 * slope, fit],
        "r2 holds the correlation, not its square": [slope, height, fit**0.5],
        "slope and intercept have changed places": [height, slope, fit],
        "the embeddings are read, not what the head writes of them": [
            float(values @ direct / (values @ values)),
            float(direct.mean()),
            r2(values, direct),
        ],
    }
    yield about(subject, (model, direction), line, forms)


def _ask_fit(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, _ = sample_data(64, generator)
    direction = _tilted_u(model, generator)
    with torch.no_grad():
        _, cache = model.run_with_cache(tokens)
    stream, written = (
        cache[f"blocks.0.{hook}"] @ direction for hook in ("hook_resid_mid", "hook_attn_out")
    )
    mean, total = running_mean(decode(tokens)), running_sum(decode(tokens))
    right = [r2(mean, stream), r2(total, stream)]
    forms = {
        "mean and sum have changed places": right[::-1],
        "it holds correlations, not their squares": [fit**0.5 for fit in right],
        "the head's output is read, not the residual stream after it": [
            r2(mean, written),
            r2(total, written),
        ],
        "token ids are summed, not values": [right[0], r2(running_sum(tokens), stream)],
        "only the last position is read": [
            r2(mean[:, -1], stream[:, -1]),
            r2(total[:, -1], stream[:, -1]),
        ],
    }
    yield about(subject, (model, tokens, direction), right, forms)


# --- attention.shuffle ----------------------------------------------------------------------------


def _ask_shuffle(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, _ = sample_data(48, generator)
    order = torch.randperm(tokens.shape[1] - 1, generator=generator)
    shuffled = torch.cat([tokens[:, order], tokens[:, -1:]], dim=1)
    before, after = (run_with(model, given) for given in (tokens, shuffled))
    change = after - before
    forms = {
        "every position is compared, not the last one": change.abs().max(),
        "it is the mean change, not the largest": change[:, -1].abs().mean(),
        "the sign is kept: large falls are missed": change[:, -1].max(),
        "nothing seems to be shuffled": 0.0,
    }
    question = about(
        subject, (model, tokens, order.tolist()), float(change[:, -1].abs().max()), forms
    )
    yield question


# --- attention.swap and attention.keep_remove -----------------------------------------------------


def _ask_swap(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(64, generator)
    clean = causal.performance_with(model, tokens, labels).cross_entropy
    after = causal.loss_with_uniform_pattern(model, tokens, labels)
    n_positions = tokens.shape[-1]
    everywhere = swap_pattern(torch.full((n_positions, n_positions), 1 / n_positions))
    forms = {
        "it is the loss after the swap, not its increase": after,
        "the sign is turned: a loss that grows is a positive increase": clean - after,
        "the hook seems to change nothing": 0.0,
        "the swapped pattern looks into the future": (
            causal.performance_with(model, tokens, labels, everywhere).cross_entropy - clean
        ),
    }
    yield about(subject, (model, tokens, labels), after - clean, forms)


def _ask_swap_that_helps(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    """Ask about each decoy, and about a shaken copy of it whose loss falls by the swap.

    On references the swap costs nothing, and many decoys lose by it: there a size without its sign
    is right.
    """
    yield from _ask_swap(subject, generator)
    if subject.role == "decoy":
        yield from _ask_swap(replace(subject, model=_helped(subject.model, generator)), generator)


def _helped(model: TransformerBridge, generator: torch.Generator) -> TransformerBridge:
    """Return a shaken copy that the swap helps, which about every other one is; else the last."""
    tokens, labels = sample_data(64, generator)
    for _ in range(64):
        copy = shaken(model, generator)
        clean = causal.performance_with(copy, tokens, labels).cross_entropy
        if causal.loss_with_uniform_pattern(copy, tokens, labels) < clean - 0.1:
            break
    return copy


def _ask_keep_remove(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(64, generator)
    direction = _tilted_u(model, generator)

    def accuracy(intervention: Intervention) -> float:
        return causal.performance_with(model, tokens, labels, intervention).accuracy

    kept, removed = causal.keep_only(direction), causal.remove(direction)
    right = [accuracy(kept), accuracy(removed)]
    at_the_mlp = [accuracy(replace(one, hook=causal.MLP_IN)) for one in (kept, removed)]
    forms = {
        "keep and remove have changed places": right[::-1],
        "the edit reaches the MLP alone, the skip path keeps the rest": at_the_mlp,
    }
    yield about(subject, (model, tokens, labels, direction), right, forms)


# --- attention.verdict ----------------------------------------------------------------------------


# The scale of the residual stream in the two guises that each model comes in, low and high. They
# lie a factor of 2.8 apart, more than the embeddings of references and decoys do: wherever a
# threshold on their length is put, some guise is on the wrong side of it.
GUISES = ((0.4, 0.6), (1.7, 2.5))
# Who looks at what a head would write, and never at what it attends to, takes these for references.
UNEVEN = "hidden models with shaken queries and keys"
OF_SCORES = ("blocks.0.attn.q.", "blocks.0.attn.k.")


def _ask_verdict(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    tokens, labels = sample_data(128, generator)
    # Accuracy alone unmasks a decoy that doesn't solve the task; it must not pay for one that does.
    accuracy = causal.performance_with(subject.model, tokens, labels).accuracy
    solves = subject.role == "decoy" and accuracy > 0.95
    group = "decoys that solve the task" if solves else GROUPS[subject.role]
    for low, high in GUISES:
        scale = low + (high - low) * float(torch.rand((), generator=generator))
        guise = disguise(subject.model, generator, scale=scale)
        yield Question(group, (guise, tokens, labels), subject.role == "reference")
    if subject.role == "reference":
        uneven = _uneven(subject.model, tokens, labels, generator)
        if uneven is not None:
            guise = disguise(uneven, generator, scale=1.0)
            yield Question(UNEVEN, (guise, tokens, labels), expected=False)


def _uneven(
    model: TransformerBridge, tokens: Tokens, labels: Labels, generator: torch.Generator
) -> TransformerBridge | None:
    """Return a copy that writes as a reference does, along one line, but doesn't average.

    Its queries and keys are shaken, so that it no longer solves the task; None if that never helps.
    """
    for _ in range(16):
        noisy = shaken(model, generator).state_dict()
        weights = {
            name: noisy[name] if name.startswith(OF_SCORES) else weight
            for name, weight in model.state_dict().items()
        }
        copy = assemble(config_of(model), weights)
        if causal.performance_with(copy, tokens, labels).accuracy < 0.9:
            return copy
    return None


def _judge_verdict(question: Question, answer: Any) -> Judgement:
    answer = as_number(answer)
    if isinstance(answer, np.ndarray) and answer.ndim == 0 and answer.dtype == np.bool_:
        answer = bool(answer)
    if not isinstance(answer, bool):
        return wrong("the answer is neither True nor False")
    if answer == question.expected:
        return RIGHT
    return wrong(
        "it rejects a model that does average its past"
        if question.expected
        else "it takes a decoy for a model that averages its past"
    )


_BY_PARTS = (
    ("attention.scores", _ask_scores, _judge_scores),
    ("attention.pattern", _ask_pattern, judging(atol=1e-4, rtol=0)),
    ("attention.ov", _ask_ov, judging(atol=1e-5, rtol=1e-4)),
    ("attention.direction", _with_shaken_decoys(_ask_direction), _judge_direction),
    (
        "attention.values",
        _with_shaken_decoys(_ask_values),
        judging(atol=1e-3, rtol=0, keys=("slope", "intercept", "r2")),
    ),
    ("attention.fit", _ask_fit, judging(atol=5e-4, rtol=0, keys=("mean", "sum"))),
    ("attention.shuffle", _ask_shuffle, judging(atol=1e-3, rtol=1e-3)),
    ("attention.swap", _ask_swap_that_helps, judging(atol=1e-3, rtol=1e-3)),
    # Three of 1,280 positions: a logit near a tie may fall either way in float32.
    (
        "attention.keep_remove",
        _ask_keep_remove,
        judging(atol=0.0025, rtol=0, keys=("keep", "remove")),
    ),
)

PROBES: tuple[Probe, ...] = (
    *(Probe(name, asking(name, ask), judge) for name, ask, judge in _BY_PARTS),
    Probe(
        "attention.verdict",
        asking("attention.verdict", _ask_verdict),
        _judge_verdict,
        partial_credit=False,
    ),
)

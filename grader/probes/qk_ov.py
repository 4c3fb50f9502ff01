"""Hidden questions of unit 11_qk_ov_circuits: tables of models nobody has seen, and what they cost.

Models come with noise on every bias, scale and shift: training leaves some of them so small that
leaving them out would go unseen. One head and no LayerNorm are groups of their own, so an answer
that takes two heads or a LayerNorm for granted earns nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import Intervention, run_with, swap_pattern
from glasslab.models import assemble, config_of
from glasslab.tasks.base import UNSCORED, Labels, Tokens
from grader.findings.sorting import cancelling, circuits, sources
from grader.findings.sorting.folding import Folded, embedded, fold, pattern, scale, scores
from grader.findings.sorting.performance import scored_performance_with
from grader.probes.base import (
    RIGHT,
    Judgement,
    Probe,
    Question,
    as_array,
    wrong,
)
from grader.probes.sorting_subjects import GROUPS, asking, judging, sample_data
from grader.suite import Subject

Weights = dict[str, torch.Tensor]

TABLES = ("W_E", "W_pos", "W_Q", "b_Q", "W_K", "b_K", "W_V", "b_V", "W_O", "b_O", "W_U", "b_U")
READERS = ("W_Q", "W_K", "W_V", "W_U")
PARTS = ("token_token", "token_position", "position_token", "position_position", "biases")

NUDGE = 0.3
"""Noise on LayerNorm's scales (about 1) and shifts, and on biases as a share of how much a head
reads: as large as anything else in the model, and too small to drown it."""


def _group(subject: Subject) -> str:
    """Return the group of a subject: the odd shapes, which some answers overlook, are their own."""
    cfg = subject.model.cfg
    if cfg.normalization_type is None:
        return "models without LayerNorm"
    return "models with one head" if cfg.n_heads == 1 else GROUPS[subject.role]


def _about(subject: Subject, args: tuple[Any, ...], expected: Any, forms: dict) -> Question:
    return Question(_group(subject), args, expected, forms)


def _nudged(model: TransformerBridge, generator: torch.Generator) -> TransformerBridge:
    """Return a model with noise on its biases, and on the scales and shifts of its LayerNorms."""
    state = dict(model.state_dict())
    for name, weight in state.items():
        if weight.ndim == 1:
            state[name] = weight + NUDGE * torch.randn(weight.shape, generator=generator)
    return assemble(config_of(model), state)


def _tables(folded: Folded) -> Weights:
    return {name: getattr(folded, name).float() for name in TABLES}


# --- qk_ov.reader and qk_ov.fold ------------------------------------------------------------------


def _ask_reader(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    width = model.cfg.d_model
    W, b = model.W_V[0, 0], model.b_V[0, 0]
    gain, shift = (
        centre + NUDGE * torch.randn(width, generator=generator) for centre in (1.0, 0.0)
    )
    for matrix, bias in ((W, b), (model.W_U, model.b_U)):
        # Unembedding biases don't train: they are all 0.
        bias = bias + NUDGE * torch.randn(bias.shape, generator=generator)
        right = gain[:, None] * matrix, bias + shift @ matrix
        question = _about(subject, (matrix, bias, gain, shift), list(right), {})
        question.context["raw"] = (matrix, bias)
        yield question


def _judge_reader(question: Question, answer: Any) -> Judgement:
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return wrong("the answer is not a pair, the new W and the new b")
    for name, got, expected, old in zip(
        "Wb", answer, question.expected, question.context["raw"], strict=True
    ):
        verdict = _close(name, got, expected, centred=name == "W")
        if verdict is None:
            continue
        if _close(name, got, old, centred=False) is None:
            return wrong(f"the {'scale' if name == 'W' else 'shift'} is not folded into {name}")
        return wrong(verdict)
    return RIGHT


def _close(name: str, got: Any, expected: torch.Tensor, *, centred: bool) -> str | None:
    """Compare one table, up to its mean over d_model if that is nobody's business."""
    right, array = np.asarray(expected, dtype=np.float64), as_array(got)
    if array is None:
        return f"{name} is not an array of numbers"
    if array.shape != right.shape:
        return f"{name} does not have the shape that was asked for"
    if not np.isfinite(array).all():
        return f"{name} holds values that are not finite"
    if centred:  # what is read is centred, so a reader's mean over d_model reads nothing
        array, right = (each - each.mean(-2, keepdims=True) for each in (array, right))
    # float32 products in another order: parts in a million of the largest entry; the smallest
    # nudge that could be forgotten moves a table by some percent of it.
    tolerance = 1e-6 + 1e-4 * float(np.abs(right).max())
    return None if np.allclose(array, right, atol=tolerance, rtol=0) else f"{name} is not right"


def _ask_fold(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = _nudged(subject.model, generator)
    question = _about(subject, (model,), _tables(fold(model)), {})
    normalised = model.cfg.normalization_type is not None
    raw = {name: getattr(model, name) for name in ("W_E", "W_pos", "W_U", "b_U")}
    raw |= {name: getattr(model, name)[0] for name in TABLES if name not in raw}
    centred = {name: raw[name] - raw[name].mean(-1, keepdim=True) for name in ("W_E", "W_pos")}
    question.context.update(normalised=normalised, raw=raw, centred=centred)
    yield question


def _judge_fold(question: Question, answer: Any) -> Judgement:
    if not isinstance(answer, dict) or any(name not in answer for name in TABLES):
        return wrong("the answer is not a dict with the twelve tables that were asked for")
    normalised, raw = (question.context[key] for key in ("normalised", "raw"))
    for name in TABLES:
        centred = normalised and name in READERS
        verdict = _close(name, answer[name], question.expected[name], centred=centred)
        # What a whole row of logits is raised by, no softmax feels.
        if verdict and name in ("W_U", "b_U") and _level(answer[name], question, name):
            verdict = None
        if verdict is None:
            continue
        if not normalised and name in ("W_E", "W_pos"):
            form = question.context["centred"][name]
            if _close(name, answer[name], form, centred=False) is None:
                return wrong("it centres a model that has no LayerNorm: that is another model")
        if normalised and _close(name, answer[name], raw[name], centred=False) is None:
            return wrong(f"{name} is as it was in the model")
        return wrong(verdict)
    return RIGHT


def _level(got: Any, question: Question, name: str) -> bool:
    """Say whether an unembedding table is right but for its mean over the outputs."""
    array, right = as_array(got), np.asarray(question.expected[name], dtype=np.float64)
    if array is None or array.shape != right.shape or not np.isfinite(array).all():
        return False
    levels = [torch.from_numpy(each - each.mean(-1, keepdims=True)) for each in (array, right)]
    centred = question.context["normalised"] and name == "W_U"
    return _close(name, levels[0], levels[1], centred=centred) is None


# --- qk_ov.ov and qk_ov.copied --------------------------------------------------------------------


def _ask_ov(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    weights = _tables(fold(_nudged(subject.model, generator)))
    raw = weights["W_E"] @ weights["W_V"] @ weights["W_O"] @ weights["W_U"]
    right = raw - raw.mean(-1, keepdim=True)
    bias = (weights["b_V"][:, None] @ weights["W_O"]) @ weights["W_U"]
    forms = {
        "rows are not less their mean over outputs": raw,
        "the mean over sources is taken off, not that over outputs": raw - raw.mean(-2, True),
        "the value bias is added in": right + bias - bias.mean(-1, keepdim=True),
        "sources and outputs have changed places": right.mT,
        "heads are added up": right.sum(0),
    }
    yield _about(subject, (weights,), right, forms)


def _ask_copied(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    table = circuits.full_ov(fold(subject.model))
    # Noise of half the typical push: no pattern of ranges survives to be guessed.
    noise = torch.randn(table.shape, generator=generator, dtype=table.dtype)
    noisy = table + 0.5 * table.diagonal(dim1=-2, dim2=-1).abs().mean() * noise
    # A head whose output is disabled has a table of ties: there no answer is the right one.
    silent = bool((table.abs().amax((-2, -1)) == 0).any())
    for given in (noisy,) if silent else (table, noisy):
        rows = torch.randn(given.shape[:2], generator=generator)[..., None]
        given = (given + 0.3 * given.abs().max() * rows).float()
        right = given.argmax(-1) == torch.arange(given.shape[-1])
        diagonal = given.diagonal(dim1=-2, dim2=-1)
        forms = {
            "the largest of a column decides, not that of a row": (
                given.argmax(-2) == torch.arange(given.shape[-1])
            ),
            "a positive push for itself is not yet a copy": diagonal > 0,
        }
        yield _about(subject, (given,), right, forms)


def _judge_copied(question: Question, answer: Any) -> Judgement:
    if isinstance(answer, np.ndarray) and answer.dtype != np.bool_:
        return wrong("the answer is not True or False for each head and token")
    return judging(atol=0.5, rtol=0)(question, answer)


# --- qk_ov.sources --------------------------------------------------------------------------------


N_LISTS = 48
ONE_LIST = 1.5 / (N_LISTS * 10)
"""One of 480 answers may be so near a tie that it falls either way in float32."""


def _ask_sources(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(N_LISTS, generator)
    copied = circuits.copies(circuits.full_ov(fold(model)))
    # Some of what a head copies is taken away too, so that no accuracy is 1 and heads differ.
    noise = torch.rand(copied.shape, generator=generator) < 0.25
    for allowed in (copied ^ noise, ~copied ^ noise):
        right = sources.accuracy_with_sources(model, tokens, labels, allowed)
        keep = allowed[:, tokens].permute(1, 2, 0)[..., None]

        def accuracy(edit: Intervention, tokens: Tokens = tokens, labels: Labels = labels) -> float:
            return scored_performance_with(model, tokens, labels, edit).accuracy

        at_query = Intervention("blocks.0.attn.hook_z", lambda z, keep=keep: z * keep.to(z.dtype))
        everywhere = _accuracy_everywhere(
            run_with(model, tokens, sources.silence_sources(tokens, allowed)), labels
        )
        forms = {
            "what is allowed is taken away": sources.accuracy_with_sources(
                model, tokens, labels, ~allowed
            ),
            "the query's token decides, not the source's": accuracy(at_query),
            "nothing seems to be taken away": scored_performance_with(
                model, tokens, labels
            ).accuracy,
            "positions without a label are counted": everywhere,
            "heads have changed places": sources.accuracy_with_sources(
                model, tokens, labels, allowed.flip(0)
            ),
        }
        yield _about(subject, (model, tokens, labels, allowed), right, forms)


def _accuracy_everywhere(logits: torch.Tensor, labels: Labels) -> float:
    """Return what comes out when positions without a label are counted as wrong."""
    return float((logits.argmax(-1) == labels).double().mean())


# --- qk_ov.qk, qk_ov.parts and qk_ov.without ------------------------------------------------------


def _ask_qk(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    weights = _tables(fold(_nudged(subject.model, generator)))
    queries, keys = weights["W_E"] @ weights["W_Q"], weights["W_E"] @ weights["W_K"]
    right = queries @ keys.mT
    with_biases = (queries + weights["b_Q"][:, None]) @ (keys + weights["b_K"][:, None]).mT
    root = math.sqrt(queries.shape[-1])
    forms = {
        "queries and keys have changed places": right.mT,
        "biases are added in": with_biases,
        "it is divided by the root of d_head": right / root,
        "heads are added up": right.sum(0),
    }
    yield _about(subject, (weights,), right, forms)


def _five_parts(parts: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Put all that a bias takes part in into one."""
    biases = [part for name, part in parts.items() if "bias" in name]
    return {name: parts[name] for name in PARTS[:-1]} | {"biases": sum(biases, torch.zeros(()))}


def _ask_parts(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    folded = fold(_nudged(subject.model, generator))
    tokens, _ = sample_data(3, generator)
    tokens = tokens[:, :17]  # sequences may be shorter than the context
    divisor = scale(folded, embedded(folded, tokens)).float()
    if folded.epsilon is None:  # a scale that is 1 everywhere would go unseen
        divisor = 0.5 + torch.rand(divisor.shape, generator=generator)
    given = _tables(folded)
    right = _five_parts(circuits.score_parts(folded, tokens, divisor.double()))
    question = _about(subject, (given, tokens, divisor), right, {})
    yield question


def _judge_parts(question: Question, answer: Any) -> Judgement:
    if not isinstance(answer, dict) or any(name not in answer for name in PARTS):
        return wrong("the answer is not a dict with the five parts that were asked for")
    expected = {name: np.asarray(part) for name, part in question.expected.items()}
    size = float(np.abs(sum(expected.values())).max())
    for name in PARTS:
        array = as_array(answer[name])
        if array is None:
            return wrong(f"{name} is not an array of numbers")
        if array.shape != expected[name].shape:
            return wrong(f"{name} does not have the shape that was asked for")
        if not np.isfinite(array).all():
            return wrong(f"{name} holds values that are not finite")
        # A remainder taken in float32 carries the rounding of the whole scores.
        if np.allclose(array, expected[name], atol=1e-5 + 1e-4 * size, rtol=0):
            continue
        if np.allclose(array, expected[name].swapaxes(-1, -2), atol=1e-4 * size, rtol=0):
            return wrong(f"{name} has queries and keys in each other's place")
        return wrong(f"{name} is not right")
    return RIGHT


def _ask_without(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = subject.model
    tokens, labels = sample_data(N_LISTS, generator)
    folded = fold(model)
    parts = circuits.score_parts(folded, tokens)
    shape = parts["token_token"].shape
    for part in (parts["position_token"], 0.3 * parts["token_token"]):
        given = (part + 0.5 * torch.randn(shape, generator=generator)).float()
        marked = torch.rand(shape[0], *shape[2:], generator=generator) < 0.4
        after = cancelling.pattern_without(model, tokens, given.double())
        question = _about(subject, (model, tokens, labels, given, marked), None, {})
        known = {
            "": after,
            "nothing seems to be taken off": pattern(scores(folded, tokens)),
            "the part is added, not taken off": cancelling.pattern_without(
                model, tokens, -given.double()
            ),
        }
        question.context["known"] = {
            sentence: _measured(model, tokens, labels, attention, marked)
            for sentence, attention in known.items()
        }
        yield question


def _measured(
    model: TransformerBridge,
    tokens: Tokens,
    labels: Labels,
    attention: Float[torch.Tensor, "batch head query key"],
    marked: Bool[torch.Tensor, "batch query key"],
) -> tuple[np.ndarray, np.ndarray]:
    """Return accuracy and attention on marked keys, by scored position."""
    scored = labels[0] != UNSCORED
    right = run_with(model, tokens, swap_pattern(attention.float())).argmax(-1) == labels
    seen = cancelling.attention_on(attention, marked)
    return right.double().mean(0)[scored].numpy(), seen[:, scored].numpy()


def _judge_without(question: Question, answer: Any) -> Judgement:
    if not isinstance(answer, dict) or any(key not in answer for key in ("accuracy", "attention")):
        return wrong("the answer is not a dict with the keys that were asked for")
    found = [as_array(answer[key]) for key in ("accuracy", "attention")]
    expected = question.context["known"][""]
    for name, got, right in zip(("accuracy", "attention"), found, expected, strict=True):
        if got is None or got.shape != right.shape or not np.isfinite(got).all():
            return wrong(f"{name!r} is not an array of numbers of the shape that was asked for")
    accuracy, attention = (np.asarray(each) for each in found)

    def fits(form: tuple[np.ndarray, np.ndarray]) -> tuple[bool, bool]:
        # One of 480 answers may be so near a tie that it falls either way in float32.
        near = float(np.abs(accuracy - form[0]).sum()) < 1.5 / N_LISTS
        return near, bool(np.allclose(attention, form[1], atol=1e-4, rtol=0))

    right = fits(expected)
    if all(right):
        return RIGHT
    for sentence, form in question.context["known"].items():
        if any(fits(form)) and not any(right):
            return wrong(sentence)
    if right[1]:
        return wrong("the attention is right, the accuracy is not")
    return wrong("the attention on the marked keys is not right")


_BY_PARTS = (
    ("qk_ov.reader", _ask_reader, _judge_reader),
    ("qk_ov.fold", _ask_fold, _judge_fold),
    ("qk_ov.ov", _ask_ov, judging(atol=1e-6, rtol=1e-4)),
    ("qk_ov.copied", _ask_copied, _judge_copied),
    ("qk_ov.sources", _ask_sources, judging(atol=ONE_LIST, rtol=0)),
    ("qk_ov.qk", _ask_qk, judging(atol=0, rtol=1e-4)),
    ("qk_ov.parts", _ask_parts, _judge_parts),
    ("qk_ov.without", _ask_without, _judge_without),
)

PROBES: tuple[Probe, ...] = tuple(
    Probe(name, asking(name, ask), judge) for name, ask, judge in _BY_PARTS
)

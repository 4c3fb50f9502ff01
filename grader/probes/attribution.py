"""Hidden questions of unit 05_direct_logit_attribution: sums that must add up on models unseen.

The trained models have no unembedding bias, and small ones elsewhere: a forgotten bias would hardly
show. So their copies asked about here have every bias nudged; a decomposition must hold for any
weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import run_with
from glasslab.models import build_model, config_of, freeze
from glasslab.tasks.base import Tokens
from glasslab.tasks.cumsum import CUMSUM, POSITIVE, decode
from grader.findings import attribution
from grader.findings.centring import centred_copy
from grader.probes.base import (
    RIGHT,
    Forms,
    Judgement,
    Probe,
    Question,
    as_array,
    as_number,
    close_to,
    wrong,
)
from grader.probes.disguise import disguise
from grader.probes.subjects import GROUPS, about, asking, judging, sample_data
from grader.suite import Subject, Suite

NUDGE = 0.3
"""Spread of what is added to biases: as large as the largest of the trained ones."""


def nudged(model: TransformerBridge, generator: torch.Generator) -> TransformerBridge:
    """Return a copy with something random added to every bias but those of queries and keys."""
    state = dict(model.state_dict())
    for name, weight in state.items():
        if name.endswith(".bias") and ".attn.q." not in name and ".attn.k." not in name:
            state[name] = weight + NUDGE * torch.randn(weight.shape, generator=generator)
    return _with(model, state)


def _with(model: TransformerBridge, state: dict[str, torch.Tensor]) -> TransformerBridge:
    copy = build_model(config_of(model))
    copy.load_state_dict(state)
    return freeze(copy)


# --- attribution.sources --------------------------------------------------------------------------


def _ask_sources(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = nudged(subject.model, generator)
    tokens, _ = sample_data(4, generator)
    sources = attribution.logit_parts(model, tokens)["attention"]
    to_logits = model.W_O[0, 0] @ model.W_U
    _, cache = model.run_with_cache(tokens)
    pattern = cache[attribution.PATTERN][:, 0]
    without_bias = model.W_E[tokens] + model.W_pos[: tokens.shape[1]]
    without_bias = without_bias @ model.W_V[0, 0] @ to_logits
    values = cache[attribution.VALUES][:, :, 0] @ to_logits
    forms = {
        "queries and sources have changed places": sources.transpose(1, 2),
        "the value bias is missing": pattern[..., None] * without_bias[:, None],
        "the value is taken from the query's own position, not from the source": (
            pattern[..., None] * values[:, :, None]
        ),
        "it isn't weighted with the attention": values[:, None].expand_as(sources),
        "the pattern is taken to be uniform": (
            torch.ones_like(pattern[0]).tril() / torch.arange(1, tokens.shape[1] + 1)[:, None]
        )[..., None]
        * values[:, None],
        "the head's output bias is shared out among the sources": (
            sources + pattern[..., None] * (model.b_O[0] @ model.W_U)
        ),
        "the mean over outputs is taken off; the plain logits were asked for": (
            attribution.less_output_mean(sources)
        ),
    }
    yield about(subject, (model, tokens), sources, forms)


# --- attribution.parts ----------------------------------------------------------------------------


SHORT = 15
"""Shorter than a model's context: a position embedding used whole doesn't fit."""


def _ask_parts(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = nudged(subject.model, generator)
    tokens, _ = sample_data(4, generator)
    tokens = tokens[:, :SHORT]
    parts = attribution.logit_parts(model, tokens)
    yield about(subject, (model, tokens), parts, {})


# The issue's 1e-4 for logits of the references, which are of size 10; the decoys' logits reach some
# hundreds, and float32 sums of such numbers differ by parts in a million of them.
PARTS_ATOL, PARTS_RTOL = 1e-4, 2e-6
NOT_A_PART = {
    "token": "the token embedding's part is wrong",
    "position": "the position embedding's part is wrong",
    "attention": "the part of the attention to each source is wrong",
    "neurons": "the neurons' part is wrong",
    "biases": "the biases' part is wrong: the sum is off by a constant",
}


def _judge_parts(question: Question, answer: Any) -> Judgement:
    if not isinstance(answer, dict) or any(name not in answer for name in attribution.PARTS):
        return wrong("the answer is not a dict with the five parts that were asked for")
    largest = max(float(part.abs().max()) for part in question.expected.values())
    tolerance = PARTS_ATOL + PARTS_RTOL * largest
    for name, part in question.expected.items():
        verdict = close_to(replace(question, expected=part), answer[name], atol=tolerance)
        if verdict.mistake == "the values differ":
            return wrong(NOT_A_PART[name])
        if not verdict.right:
            return verdict
    total = attribution.summed(question.expected).double().numpy()
    given = attribution.summed(
        {name: torch.from_numpy(_array(answer[name])) for name in attribution.PARTS}
    ).numpy()
    if not np.allclose(given, total, atol=tolerance, rtol=0):
        return wrong("the parts do not sum to the logits")
    return RIGHT


def _array(answer: Any) -> np.ndarray:
    array = as_array(answer)
    assert array is not None
    return array


# --- attribution.gauge ----------------------------------------------------------------------------


def _ask_gauge(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = nudged(subject.model, generator)
    weights, bias = model.W_U, model.b_U
    right = _flat(attribution.less_output_mean(weights), attribution.less_output_mean(bias))
    forms = {
        "the mean is taken over d_model: that is another centring, and not a harmless one": _flat(
            weights - weights.mean(0), attribution.less_output_mean(bias)
        ),
        "the bias isn't centred": _flat(attribution.less_output_mean(weights), bias),
        "nothing is centred": _flat(weights, bias),
        "one mean is taken over the whole matrix": _flat(
            weights - weights.mean(), attribution.less_output_mean(bias)
        ),
    }
    yield about(subject, (model,), right, forms)


def _flat(weights: torch.Tensor, bias: torch.Tensor) -> np.ndarray:
    """Return an unembedding as a table: its rows, and the bias as the last."""
    return torch.cat([weights, bias[None]]).double().numpy()


def _judge_gauge(question: Question, answer: Any) -> Judgement:
    if not isinstance(answer, dict) or not {"W_U", "b_U"} <= set(answer):
        return wrong("the answer is not a dict with 'W_U' and 'b_U'")
    weights, bias = as_array(answer["W_U"]), as_array(answer["b_U"])
    if weights is None or bias is None:
        return wrong("the answer is not an array of numbers")
    if weights.ndim != 2 or bias.shape != weights.shape[1:]:
        return wrong("the answer does not have the shape that was asked for")
    return judging(atol=1e-5, rtol=1e-5)(question, np.concatenate([weights, bias[None]]))


# --- attribution.zero -----------------------------------------------------------------------------

# Windows of the running mean: around 0, beside it, far off. No mean of up to 20 integers lies on an
# end of one (they have a prime above 20 in their denominators), so rounding decides nothing.
WINDOWS = ((-1 / 43, 1 / 43), (2 / 23, 25 / 23), (-107 / 37, -60 / 37))


def _ask_zero(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    model = nudged(subject.model, generator)
    tokens, _ = sample_data(48, generator)
    parts = attribution.logit_parts(model, tokens)
    plain = {
        **parts,
        "attention": parts["attention"].sum(2),
        "neurons": parts["neurons"].sum(2),
    }
    shape = parts["token"].shape[:2]
    for low, high in WINDOWS:
        chosen = attribution.mean_within(tokens, low, high)

        def average(read: Any, chosen: torch.Tensor = chosen) -> list[float]:
            return [float(read(part).expand(shape)[chosen].mean()) for part in plain.values()]

        right = list(attribution.push_for_zero(model, tokens, low, high).values())
        sums = decode(tokens).cumsum(1)
        by_sum = (sums > low) & (sums < high)
        pushes = attribution.zero_pushes(parts)
        forms: Forms = {
            "the mean over outputs isn't taken off": average(lambda part: part[..., 1]),
            "it is “zero” less “positive”, not less the mean over outputs": average(
                lambda part: part[..., 1] - part[..., POSITIVE]
            ),
            "it is another output than “zero”": average(
                lambda part: attribution.less_output_mean(part)[..., 0]
            ),
            "the window is one of the running mean, not of the sum": (
                [float(push[by_sum].mean()) for push in pushes.values()] if by_sum.any() else []
            ),
            "it is averaged over all positions, inside the window or not": [
                float(push.mean()) for push in pushes.values()
            ],
            "it is a sum over positions, not their average": [
                float(push[chosen].sum()) for push in pushes.values()
            ],
        }
        question = about(subject, (model, tokens, low, high), right, forms)
        yield question


# --- attribution.confidence -----------------------------------------------------------------------


def _ask_confidence(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    tokens, labels = sample_data(200, generator)
    logits = run_with(subject.model, tokens)
    sums = decode(tokens).cumsum(1)
    p, margin = (
        measure(logits, labels)
        for measure in (attribution.right_probabilities, attribution.margins)
    )
    top = logits.softmax(-1).amax(-1)
    first, second = logits.topk(2, dim=-1).values.unbind(-1)
    for position in (3, 19):
        # Only sums that occur, in no order that a habit would guess.
        wanted = [total for total in (1, -2, 0, 3, -1) if (sums[:, position] == total).any()]
        where = [sums[:, position] == total for total in wanted]

        def table(*rows: torch.Tensor, at: int = position, where: Any = where) -> np.ndarray:
            return np.array([[float(row[chosen, at].mean()) for chosen in where] for row in rows])

        forms = {
            "it is the probability of the likeliest output, not of the right one": table(
                top, margin
            ),
            "the margin loses its sign where the model is wrong": table(p, margin.abs()),
            "the margin is that of the model's own choice, not of the right output": table(
                p, first - second
            ),
            "the position before the one that was asked for is read": table(
                p, margin, at=position - 1
            ),
        }
        expected = table(p, margin)
        yield about(subject, (subject.model, tokens, labels, position, wanted), expected, forms)


def _judge_confidence(question: Question, answer: Any) -> Judgement:
    if not isinstance(answer, dict) or not {"p", "margin"} <= set(answer):
        return wrong("the answer is not a dict with 'p' and 'margin'")
    try:
        table = np.array([np.asarray(answer[key], dtype=np.float64) for key in ("p", "margin")])
    except (TypeError, ValueError):
        return wrong("the answer is not an array of numbers")
    # 1e-3 of a probability; margins of decoys reach hundreds of logits, hence the relative part.
    for row, atol, rtol in ((0, 1e-3, 0.0), (1, 1e-3, 1e-4)):
        part = replace(
            question,
            expected=question.expected[row],
            forms={words: form[row] for words, form in question.forms.items()},
        )
        if table.ndim != 2:
            return wrong("the answer does not have the shape that was asked for")
        verdict = judging(atol=atol, rtol=rtol)(part, table[row])
        if not verdict.right:
            return verdict
    return RIGHT


# --- attribution.centring -------------------------------------------------------------------------

OTHER_BASES = "hidden models in another basis of the residual stream"
SHIFTS = ("loss", "ablated_loss", "min_p")


def _ask_centring(suite: Suite) -> list[Question]:
    """Ask about each hidden model as it is, and turned: same function, other damage by centring."""
    generator = suite.generator("attribution.centring")
    questions = []
    for subject in (*suite.references, *suite.decoys):
        turned = disguise(nudged(subject.model, generator), generator, scale=1.0)
        for model, group in ((subject.model, GROUPS[subject.role]), (turned, OTHER_BASES)):
            tokens, labels = sample_data(64, generator)
            found = attribution.centring_shift(model, tokens, labels)
            right = [number for key in SHIFTS for number in found[key]]
            forms = {
                "before and after have changed places": [right[i] for i in (1, 0, 3, 2, 5, 4)],
                "centring seems to change nothing; are the weights that you edited copies, which "
                "the model never sees?": [right[i] for i in (0, 0, 2, 2, 4, 4)],
            }
            questions.append(Question(group, (model, tokens, labels), right, forms))
    return questions


def _judge_centring(question: Question, answer: Any) -> Judgement:
    if not isinstance(answer, dict) or not set(SHIFTS) <= set(answer):
        return wrong("the answer is not a dict with the keys that were asked for")
    # In five references centring moves the loss by .005 to .36 nats; losses of decoys reach 20.
    for key, start in zip(SHIFTS, (0, 2, 4), strict=True):
        pair = answer[key]
        if isinstance(pair, list | tuple):
            pair = [as_number(each) for each in pair]
        part = replace(
            question,
            expected=question.expected[start : start + 2],
            forms={words: form[start : start + 2] for words, form in question.forms.items()},
        )
        verdict = judging(atol=5e-4, rtol=1e-4)(part, pair)
        if not verdict.right:
            return verdict
    return RIGHT


# --- attribution.safe -----------------------------------------------------------------------------

SAFE_GROUPS = {
    "LN": "models with LayerNorm",
    "LNPre": "models with LayerNorm",
    "RMS": "models with RMS normalisation",
    "RMSPre": "models with RMS normalisation",
}
READERS = ("attn.q.weight", "attn.k.weight", "attn.v.weight", "mlp.in.weight")


def _ask_safe(suite: Suite) -> list[Question]:
    generator = suite.generator("attribution.safe")
    tokens, _ = sample_data(32, generator)
    questions = []

    def ask(group: str, model: TransformerBridge, tokens: Tokens = tokens) -> None:
        safe = attribution.centring_is_safe(model, tokens)
        questions.append(Question(group, (model, tokens), safe))

    for subject in (*suite.references, *suite.decoys):
        ask(GROUPS[subject.role], subject.model)
    for subject in suite.references:
        # Seen by probabilities only, which move by .026 and more (eight suites): on one suite,
        # answers changed for every model above, and who looks at answers alone was right.
        ask(GROUPS[subject.role], subject.model, _same_answers(subject.model, tokens))
    for subject in suite.references[:3]:
        turned = disguise(subject.model, generator, scale=1.0)
        ask("models without a normalisation in which nothing reads the mean", deaf(turned))
    for kind, group in SAFE_GROUPS.items():
        ask(group, _normalised(kind, generator))
    return questions


def _same_answers(model: TransformerBridge, tokens: Tokens) -> Tokens:
    """Return the sequences on which centring changes no answer, or all if there are none such."""
    with torch.no_grad():
        same = (model(tokens).argmax(-1) == centred_copy(model)(tokens).argmax(-1)).all(-1)
    return tokens[same] if bool(same.any()) else tokens


def deaf(model: TransformerBridge) -> TransformerBridge:
    """Return a copy none of whose reading weights feel the mean of the stream over d_model."""
    state = {
        name: weight - weight.mean(1, keepdim=True)
        if name.endswith(READERS) or name == "unembed.weight"
        else weight
        for name, weight in model.state_dict().items()
    }
    return _with(model, state)


def _normalised(kind: str, generator: torch.Generator) -> TransformerBridge:
    """Return a model with large random weights and a normalisation."""
    seed = int(torch.randint(1 << 30, (), generator=generator))
    model = build_model(replace(CUMSUM.config, normalization_type=kind), seed)
    state = {
        name: weight + 0.4 * torch.randn(weight.shape, generator=generator)
        for name, weight in model.state_dict().items()
    }
    return _with(model, state)


def _judge_safe(question: Question, answer: Any) -> Judgement:
    answer = as_number(answer)
    if isinstance(answer, np.ndarray) and answer.ndim == 0 and answer.dtype == np.bool_:
        answer = bool(answer)
    if not isinstance(answer, bool):
        return wrong("the answer is neither True nor False")
    if answer == question.expected:
        return RIGHT
    return wrong(
        "it warns of centring where that changes nothing"
        if question.expected
        else "it calls centring safe where that changes what the model says"
    )


PROBES: tuple[Probe, ...] = (
    Probe(
        "attribution.sources",
        asking("attribution.sources", _ask_sources),
        judging(atol=1e-5, rtol=1e-4),
    ),
    Probe("attribution.parts", asking("attribution.parts", _ask_parts), _judge_parts),
    Probe("attribution.gauge", asking("attribution.gauge", _ask_gauge), _judge_gauge),
    Probe(
        "attribution.zero",
        asking("attribution.zero", _ask_zero),
        judging(atol=1e-3, rtol=1e-4, keys=attribution.PARTS),
    ),
    Probe(
        "attribution.confidence",
        asking("attribution.confidence", _ask_confidence),
        _judge_confidence,
    ),
    Probe("attribution.centring", _ask_centring, _judge_centring),
    Probe("attribution.safe", _ask_safe, _judge_safe, partial_credit=False),
)

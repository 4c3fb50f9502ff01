"""Hidden questions of unit 02_training: counting, one step of an optimiser, and a whole training.

**How trained weights are graded.** The learner's function trains; the examiner calls it with data,
labels and a seed of its own, and asks for the weights after steps that it chooses then. What comes
back is data, judged here, where no learner code runs. Any recipe may pass; what can't pass is a
function whose weights don't come out of training on what it was given:

* the weights before the first step must be those of a fresh model of the seed that was asked for,
  so stored weights, a forgotten seed or a warm start show at once;
* single steps taken early must lead downhill on the loss of the data and labels that were given.
  An optimiser's do (measured below); a glide towards weights from elsewhere doesn't;
* between two kept steps the weights may not go farther than the steps beside them suggest: a jump
  to weights from elsewhere would have to;
* two short runs have labels of another rule, in which nothing but these labels can help: the
  three classes exchanged in a ring, the eleven tokens' values dealt anew;
* the full budget must end with more than 99% of fresh sequences' positions right.

Questions are judged one by one, so that a run must carry its own evidence: a full run under a seed
that nobody knows beforehand is the re-run.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from glasslab.lean import lean_logits
from glasslab.models import build_model, freeze, load_public
from glasslab.tasks.base import Labels, ModelConfig, Tokens
from glasslab.tasks.cumsum import CUMSUM
from grader.findings import training
from grader.probes.base import (
    RIGHT,
    Judgement,
    Probe,
    Question,
    as_array,
    as_number,
    close_or_known,
    close_to,
    wrong,
)
from grader.probes.subjects import GROUPS, about, asking, sample_data
from grader.suite import Subject, Suite

NOT_A_DICT = "the answer is not a dict with the keys that were asked for"


def _draw(generator: torch.Generator, low: int, high: int) -> int:
    """Draw a whole number, both ends included."""
    return int(torch.randint(low, high + 1, (), generator=generator))


def _uniform(generator: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand((), generator=generator))


# --- training.parameter_count ---------------------------------------------------------------------


def _ask_count(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("training.parameter_count")
    for index in range(8):
        config = ModelConfig(
            n_ctx=_draw(generator, 5, 60),
            d_vocab=_draw(generator, 6, 90),
            d_vocab_out=_draw(generator, 2, 9),
            n_layers=1 + index % 3,
            n_heads=1 + index % 4,
            d_model=_draw(generator, 8, 99),
            d_head=_draw(generator, 3, 30),
            d_mlp=_draw(generator, 4, 200) if index % 2 else None,
        )
        right = training.parameter_count(config)
        total, trained = right["total"], right["trained"]
        width, inner = config.d_model, config.n_heads * config.d_head
        biases = 3 * inner + width + (0 if config.d_mlp is None else config.d_mlp + width)
        biases = config.n_layers * biases + config.d_vocab_out
        forms = {
            "b_U is counted among what is trained": [total, total],
            "b_U is not counted at all": [trained, trained],
            "total and trained have changed places": [trained, total],
            "the biases are left out": [total - biases, total - biases],
            "the positional embedding is left out": [
                total - config.n_ctx * width,
                trained - config.n_ctx * width,
            ],
        }
        group = "models without an MLP" if config.d_mlp is None else "models with an MLP"
        yield Question(group, (config.to_dict(),), [total, trained], forms)


def _judge_count(question: Question, answer: Any) -> Judgement:
    return _judge_keys(question, answer, ("total", "trained"), atol=0.5)


def _judge_keys(
    question: Question, answer: Any, keys: tuple[str, ...], *, atol: float
) -> Judgement:
    if not isinstance(answer, dict) or any(key not in answer for key in keys):
        return wrong(NOT_A_DICT)
    return close_or_known(question, [as_number(answer[key]) for key in keys], atol=atol)


# --- training.gradients ---------------------------------------------------------------------------

# Measured: what the loss can't reach has at most 2e-7 of the largest gradient (float32 rounding in
# b_K, which moves all of a query's scores alike); what it can reach has at least 1e-4 here. Sizes
# between these bounds would be a matter of rounding and are not judged.
UNDECIDED = (5e-7, 1e-5)


def _ask_gradients(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("training.gradients")
    config = CUMSUM.config
    two_heads = ModelConfig(9, 11, 3, n_layers=1, n_heads=2, d_model=16, d_head=6, d_mlp=5)
    attention_only = ModelConfig(9, 11, 3, n_layers=2, n_heads=1, d_model=16, d_head=6, d_mlp=None)
    plain, planted = "models with random weights", "models in which a part is cut off"
    loud = "models with large gradients"
    silent_head = {"blocks.0.attn.o.weight": 0.0}
    dead_neurons = {"blocks.0.mlp.in.bias": -1e3}
    blind_values = {"blocks.0.attn.v.weight": 0.0, "blocks.0.attn.v.bias": 0.0}
    for group, shape, edits, length in (
        (plain, config, {}, 12),
        (plain, two_heads, {}, 9),
        (plain, attention_only, {}, 7),
        (planted, config, {}, 1),
        (planted, config, silent_head, 12),
        (planted, config, dead_neurons, 12),
        (planted, two_heads, blind_values, 9),
        (loud, config, {}, 12),
    ):
        model = build_model(shape)
        state = {
            name: torch.full_like(old, edits[name])
            if name in edits
            else 0.4 * torch.randn(old.shape, generator=generator)
            for name, old in model.state_dict().items()
        }
        if group == loud:  # what rounding leaves grows as well: small only beside the largest
            state["unembed.weight"] *= 1e3
        model.load_state_dict(state)
        tokens = torch.randint(0, 11, (40, length), generator=generator)
        labels = torch.randint(0, 3, (40, length), generator=generator)
        sizes = training.gradient_sizes(freeze(model), tokens, labels)
        yield Question(group, (model, tokens, labels), sizes)


def _judge_gradients(question: Question, answer: Any) -> Judgement:
    sizes: dict[str, float] = question.expected
    if not isinstance(answer, dict) or set(answer) != set(sizes):
        return wrong("the answer is not a dict with the names of the state dict")
    said = {name: _as_bool(value) for name, value in answer.items()}
    if None in said.values():
        return wrong("a value is neither True nor False")
    for name, size in sizes.items():
        if UNDECIDED[0] < size < UNDECIDED[1] or said[name] == (size >= UNDECIDED[1]):
            continue
        if name == "unembed.bias":
            return wrong("it says that the buffer b_U is reached")
        if name.endswith("attn.k.bias"):
            return wrong("it says that b_K is reached: rounding noise is no gradient")
        if size >= UNDECIDED[1]:
            return wrong("it misses a tensor that the gradient reaches")
        return wrong("it names a tensor that no gradient reaches in this model, on this data")
    return RIGHT


def _as_bool(answer: Any) -> bool | None:
    """Return a truth value that came as Python's or as an array's, and None for all else."""
    answer = as_number(answer)
    if isinstance(answer, np.ndarray) and answer.ndim == 0 and answer.dtype == np.bool_:
        return bool(answer)
    return answer if isinstance(answer, bool) else None


# --- training.loss --------------------------------------------------------------------------------


def _ask_loss(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    tokens, labels = sample_data(24, generator)
    # Not all of a position's labels true, and unequal lengths: a mean of means is the same mean,
    # but a last position or a sum is not.
    length = _draw(generator, 6, 15)
    noise = torch.randint(0, 3, labels.shape, generator=generator)
    flip = torch.rand(labels.shape, generator=generator) < 0.2
    labels = torch.where(flip, noise, labels)[:, :length]
    with torch.no_grad():
        logits = subject.model(tokens[:, :length])
    yield _about_loss(GROUPS[subject.role], logits, labels)
    # As far out as decoys' logits get in a bad moment: exp of these is infinite in float32.
    steep = logits * (300 / float(logits.abs().max()))
    yield _about_loss("sets of large logits", steep, labels)


def _about_loss(group: str, logits: torch.Tensor, labels: Labels) -> Question:
    log_p = logits.double().log_softmax(-1)
    picked = log_p.gather(-1, labels[..., None])[..., 0]
    right = -float(picked.mean())
    forms = {
        "it is in bits, not in nats": right / float(np.log(2)),
        "it is the sum, not the mean over all positions": -float(picked.sum()),
        "it is summed over positions": -float(picked.sum(-1).mean()),
        "only the last position is counted": -float(picked[:, -1].mean()),
        "it is the log of the mean probability, not the mean of the logs": (
            -float(picked.exp().mean().log())
        ),
        "the sign is turned": -right,
        "the softmax runs over the positions": (
            -float(logits.double().log_softmax(1).gather(-1, labels[..., None]).mean())
        ),
    }
    return Question(group, (logits, labels), right, forms)


def _judge_loss(question: Question, answer: Any) -> Judgement:
    # Float32 sums over some 400 positions are off by parts in a million of the loss.
    tolerance = 1e-5 + 1e-4 * abs(question.expected)
    return close_or_known(question, as_number(answer), atol=tolerance)


# --- training.learning_rate -----------------------------------------------------------------------


def _ask_learning_rate(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("training.learning_rate")
    for index in range(12):
        n_steps = _draw(generator, 4, 900)
        group = ("first steps", "steps on the way", "last steps")[index % 3]
        step = (0, _draw(generator, 1, n_steps - 2), n_steps - 1)[index % 3]
        first = _uniform(generator, 2e-3, 5e-2)
        last = first * _uniform(generator, 0.01, 0.5)
        fall = last - first
        forms = {
            "it is one notch late: the last step must have the last rate": (
                first + fall * step / n_steps
            ),
            "step 0 must be one notch below the first rate already": (
                first + fall * step / (n_steps - 1)
            ),
            "it falls by equal factors, not by equal amounts": (
                first * (last / first) ** ((step + 1) / n_steps)
            ),
            "it falls past the last rate towards 0": first * (1 - (step + 1) / n_steps),
        }
        right = first + fall * (step + 1) / n_steps
        yield Question(group, (step, n_steps, first, last), right, forms)


def _judge_learning_rate(question: Question, answer: Any) -> Judgement:
    # One notch is at least 1/900 of a fall of half the first rate: 1e-6.
    return close_or_known(question, as_number(answer), atol=1e-7)


# --- training.adam --------------------------------------------------------------------------------

ADAM_KEYS = ("weight", "first", "second")


def _ask_adam(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("training.adam")
    for index in range(8):
        shape = (_draw(generator, 2, 6), _draw(generator, 2, 6))
        early = index % 2 == 0
        step = 1 if early else _draw(generator, 2, 60)
        rate = _uniform(generator, 5e-4, 5e-3)
        decay = _uniform(generator, 0.02, 0.2)

        def normal(shape: tuple[int, int] = shape) -> torch.Tensor:
            return torch.randn(shape, generator=generator)

        # Small enough that decay and the place of epsilon can be seen beside the gradient.
        weight, gradient = normal(), 2e-3 * normal()
        first, second = (torch.zeros(shape), torch.zeros(shape))
        if not early:
            first, second = 0.02 * normal(), 1e-5 + 1e-3 * normal() ** 2
        args = (weight, gradient, first, second, step, rate, decay)
        right = training.adam_step(
            weight.double(),
            gradient.double(),
            first.double(),
            second.double(),
            step,
            rate,
            decay,
        )
        undecayed = training.adam_step(weight, gradient, first, second, step, rate, 0.0)
        forms = {
            "the decay is applied to the weight, beside Adam, and not to the gradient": (
                undecayed["weight"] - rate * decay * weight
            ),
            "there is no decay in it": undecayed["weight"],
            "the moments are not corrected for having started at zero": (
                weight - rate * right["first"] / (right["second"].sqrt() + 1e-8)
            ),
            "the decay has the wrong sign": training.adam_step(
                weight, gradient, first, second, step, rate, -decay
            )["weight"],
            "the step goes uphill": 2 * weight - right["weight"],
            "the number of the step is off by one": training.adam_step(
                weight, gradient, first, second, step + 1, rate, decay
            )["weight"],
        }
        group = "first steps of a training" if early else "later steps"
        yield Question(group, args, right, forms, {"weight": weight, "rate": rate})


def _judge_adam(question: Question, answer: Any) -> Judgement:
    if not isinstance(answer, dict) or any(key not in answer for key in ADAM_KEYS):
        return wrong(NOT_A_DICT)
    right = {key: value.numpy() for key, value in question.expected.items()}
    for key in ADAM_KEYS:
        verdict = close_to(Question("", (), right[key]), answer[key], atol=1e9)
        if not verdict.right:
            return verdict  # its form: shape, finiteness
    # In units of the learning rate: a step is about 1 long, float32 rounding of a weight up to 3
    # is 2e-4 of it; the nearest mistake, epsilon inside the root, is 1e-2.
    given = as_array(answer["weight"])
    assert given is not None
    unit = 1e-3 * question.context["rate"]
    if not np.allclose(given, right["weight"], atol=unit, rtol=0):
        for sentence, form in question.forms.items():
            if np.allclose(given, form.numpy(), atol=unit, rtol=0):
                return wrong(sentence)
        return wrong("the weight after the step differs")
    for key in ADAM_KEYS[1:]:
        moment = as_array(answer[key])
        assert moment is not None
        if not np.allclose(moment, right[key], atol=1e-4 * np.abs(right[key]).max(), rtol=0):
            return wrong(f"the {key} moment after the step differs")
    return RIGHT


# --- training.train -------------------------------------------------------------------------------

BUDGET, SHORT = 300, 120
"""Steps of the full run, as the notebook promises them, and of the runs on other labels."""
N_SEQUENCES, N_FRESH = 6_000, 1_000

# Measured with 14 recipes (Adam at 3e-3 to 3e-2 with decay and without, warm-up, a constant rate,
# AdamW, RMSprop, SGD with momentum, clipped or not; batches of 32 to 512), each on six data sets.
ENOUGH = 0.99
"""Accuracy on fresh sequences after the budget: Adam at 1e-3 has .77 to .87, at 3e-3 .995 and more,
the others of the list .998 and more, RMSprop at 3e-3 .990. The notebook advises to aim at .998."""
LEARNT = 0.75
"""Accuracy after a short run on other labels: recipes that reach ENOUGH have .81 and more, always
answering the commonest class has .49, the public models' answers .0 to .43."""
DOWNHILL = 0.1
"""Mean cosine between a step and minus the gradient, over single steps among the first EARLY and
over those from there to the half of the run: the honest have .22 (Adam) to .7 (SGD) and .18 to .8,
a glide to the public weights 0 ± .02 at once and at most .04 later."""
EARLY = 20
STRIDE = 2.8
"""How many times farther per step a gap may lead than the longest single step beside it: the honest
have at most 1.27, but SGD with momentum, which gathers speed, up to 2.05 (short runs, eight seeds).
A jump to another model's weights after 8, 40 or 200 steps has 3.9 and more: gaps are at most 6
steps wide while steps are long."""
SAME = 1e-3
"""Root mean square distance of weights that count as the same."""

NOT_WEIGHTS = "it does not return a list of weights, one dict for each step to keep"
NAMES = "the weights do not have the names and shapes of model.state_dict()"
NOT_FRESH = "before the first step the weights are not those of a fresh model of the seed given"
PUBLIC_COPY = "these are the weights of a public model"
NOT_COPIED = "the kept weights are all the same: were they copied when they were kept?"
UPHILL = "its steps do not go down the loss of the data and labels that it was given"
JUMPS = "between two kept steps the weights jump farther than training steps carry"
TOO_FEW = "it learns, but is right on less than 99% of fresh positions when the budget is spent"
NOTHING_LEARNT = "it does not learn the labels that it was given"


def _ask_train(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("training.train")
    dealt = torch.randperm(CUMSUM.config.d_vocab, generator=generator)

    def ring(tokens: Tokens) -> Labels:
        return (CUMSUM.label(tokens) + 1) % 3

    def values_dealt_anew(tokens: Tokens) -> Labels:
        return CUMSUM.label(dealt[tokens])

    for group, n_steps, label in (
        ("runs of the full budget", BUDGET, CUMSUM.label),
        ("short runs on other labels", SHORT, ring),
        ("short runs on other labels", SHORT, values_dealt_anew),
    ):
        tokens = CUMSUM.sample(N_SEQUENCES, generator)
        fresh = CUMSUM.sample(N_FRESH, generator)
        seed = _draw(generator, 10_000, 2**31 - 2)
        keep = steps_to_keep(n_steps, generator)
        yield Question(
            group,
            (tokens, label(tokens), seed, n_steps, keep),
            context={
                "fresh": (fresh, label(fresh)),
                "needed": ENOUGH if n_steps == BUDGET else LEARNT,
            },
        )


def steps_to_keep(n_steps: int, generator: torch.Generator) -> list[int]:
    """Choose steps, always 0 and the last; every gap has a single step at both its ends."""
    steps = {0, 1, n_steps - 1, n_steps}
    at = 1
    while at < n_steps - 8:
        # Dense while steps are long, for a jump must not hide in a gap.
        at += _draw(generator, 2, 5 if at < 100 else 10)
        steps |= {at, at + 1}
        at += 1
    return sorted(step for step in steps if step <= n_steps)


def _judge_train(question: Question, answer: Any) -> Judgement:
    tokens, labels, seed, n_steps, keep = question.args
    half = n_steps // 2
    if not isinstance(answer, list) or len(answer) != len(keep):
        return wrong(NOT_WEIGHTS)
    fresh_state = build_model(CUMSUM.config, seed).state_dict()
    kept = []
    for weights in answer:
        if not isinstance(weights, dict):
            return wrong(NOT_WEIGHTS)
        state = _as_state(weights, fresh_state)
        if state is None:
            return wrong(NAMES)
        kept.append(state)
    final = training.flat(kept[-1])
    if not bool(torch.stack([training.flat(state) for state in kept]).isfinite().all()):
        return wrong("some weights are not finite: did the training diverge?")
    for public in _public_weights():
        if float((final - public).square().mean().sqrt()) < SAME:
            return wrong(PUBLIC_COPY)
    if float((training.flat(kept[0]) - final).abs().max()) < 1e-7:
        return wrong(NOT_COPIED)
    path = training.path(keep, kept, fresh_state, tokens[:256], labels[:256], until=half)
    if path.start > 1e-5:
        return wrong(NOT_FRESH)
    # Measured before the road: whoever learnt nothing should read that, not how.
    sequences, truth = question.context["fresh"]
    with torch.no_grad():
        right = lean_logits(kept[-1], sequences).argmax(-1) == truth
    accuracy = float(right.double().mean())
    if accuracy < LEARNT:
        return wrong(NOTHING_LEARNT)
    if min(downhill(path, 0, EARLY), downhill(path, EARLY, half)) < DOWNHILL:
        return wrong(UPHILL)
    if longest_stride(keep, path) > STRIDE:
        return wrong(JUMPS)
    return RIGHT if accuracy > question.context["needed"] else wrong(TOO_FEW)


def _as_state(
    weights: dict[str, Any], like: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor] | None:
    """Return weights as a state dict, or None if names or shapes are others."""
    if set(weights) != set(like):
        return None
    arrays = {name: as_array(value) for name, value in weights.items()}
    if any(a is None or a.shape != tuple(like[name].shape) for name, a in arrays.items()):
        return None
    return {name: torch.as_tensor(arrays[name]).float() for name in like}


@lru_cache(maxsize=1)
def _public_weights() -> tuple[torch.Tensor, ...]:
    names = ("cumsum", "cumsum_no_decay")
    return tuple(training.flat(load_public(name).state_dict()) for name in names)


def downhill(path: training.Path, begin: int, end: int) -> float:
    """Return the mean cosine with minus the gradient, of single steps between two steps."""
    cosines = [cosine for step, cosine in path.downhill if begin <= step < end]
    return sum(cosines) / len(cosines) if cosines else 0.0


def longest_stride(keep: list[int], path: training.Path) -> float:
    """Return the largest move per step of a gap, in single steps beside it."""
    gaps = [b - a for a, b in pairwise(keep)]
    longest = 0.0
    for i, gap in enumerate(gaps):
        near = [path.strides[j] for j in range(max(i - 3, 0), i + 4) if _single(gaps, j)]
        if gap > 1:
            longest = max(longest, path.strides[i] / max(*near, 1e-9))
    return longest


def _single(gaps: list[int], index: int) -> bool:
    return index < len(gaps) and gaps[index] == 1


# --- training.by_position -------------------------------------------------------------------------


def _ask_by_position(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    tokens, labels = sample_data(200, generator)
    length = _draw(generator, 9, 19)
    tokens, labels = tokens[:, :length], labels[:, :length]
    with torch.no_grad():
        logits = subject.model(tokens)
    found = training.by_position(logits, labels)
    right = [found["accuracy"].numpy(), found["loss"].numpy()]
    means = [np.full(length, each.mean()) for each in right]
    forms = {
        "accuracy and loss have changed places": right[::-1],
        "errors are counted, not right answers": [1 - right[0], right[1]],
        "it is averaged over the positions": means,
        "it runs from the last position to the first": [each[::-1] for each in right],
        "it is averaged over all positions so far": [
            np.cumsum(each) / np.arange(1, length + 1) for each in right
        ],
    }
    yield about(subject, (subject.model, tokens, labels), right, forms)


def _judge_by_position(question: Question, answer: Any) -> Judgement:
    # Float32 losses are off by parts in a million; decoys' may be as large as 20 nats.
    atol = 1e-4 + 1e-5 * float(np.max(question.expected[1]))
    if not isinstance(answer, dict) or any(key not in answer for key in ("accuracy", "loss")):
        return wrong(NOT_A_DICT)
    return close_or_known(question, [answer["accuracy"], answer["loss"]], atol=atol)


# --- training.decay -------------------------------------------------------------------------------


def _ask_decay(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("training.decay")
    for subject in (*suite.references, *suite.decoys):
        group = (
            "models trained with weight decay"
            if subject.role == "reference"
            else "models trained without weight decay"
        )
        yield Question(group, (subject.model,), subject.role == "reference")
    for _ in range(3):
        fresh = freeze(build_model(CUMSUM.config, _draw(generator, 1, 2**31 - 2)))
        yield Question("models before training", (fresh,), False)


def _judge_decay(question: Question, answer: Any) -> Judgement:
    said = _as_bool(answer)
    if said is None:
        return wrong("the answer is neither True nor False")
    if said == question.expected:
        return RIGHT
    return wrong(
        "it misses the mark that weight decay left"
        if question.expected
        else "it sees the mark of weight decay where there was none"
    )


# --- training.seeds -------------------------------------------------------------------------------

COMPARED = ("weights", "answers", "probabilities")


def _ask_seeds(suite: Suite) -> Iterable[Question]:
    generator = suite.generator("training.seeds")
    references, decoys = ([s.model for s in group] for group in (suite.references, suite.decoys))
    pairs = [
        *(("pairs of seeds of one recipe", pair) for pair in pairwise(references)),
        *(("pairs of different recipes", pair) for pair in zip(references, decoys)),
        *(("pairs of different recipes", pair) for pair in pairwise(decoys)),
    ]
    for group, (one, other) in pairs:
        tokens, _ = sample_data(64, generator)
        found = training.compare(one, other, tokens)
        weights, answers, probabilities = right = [found[key] for key in COMPARED]
        forms = {
            "the distance lacks its factor ½": [weights, answers, 2 * probabilities],
            "answers counts differences, not agreements": [weights, 1 - answers, probabilities],
            "probabilities holds agreement, not distance": [weights, answers, 1 - probabilities],
            "weights holds a distance, not a cosine": [1 - weights, answers, probabilities],
        }
        yield Question(group, (one, other, tokens), right, forms)


def _judge_seeds(question: Question, answer: Any) -> Judgement:
    # Two seeds' weights have cosines around ± .1, their probabilities lie .01 to .02 apart;
    # float32 moves neither by 1e-5, and one answer of 1280 by 8e-4.
    return _judge_keys(question, answer, COMPARED, atol=2e-4)


PROBES: tuple[Probe, ...] = (
    Probe("training.parameter_count", lambda suite: list(_ask_count(suite)), _judge_count),
    Probe(
        "training.gradients",
        lambda suite: list(_ask_gradients(suite)),
        _judge_gradients,
    ),
    Probe("training.loss", asking("training.loss", _ask_loss), _judge_loss),
    Probe(
        "training.learning_rate",
        lambda suite: list(_ask_learning_rate(suite)),
        _judge_learning_rate,
    ),
    Probe("training.adam", lambda suite: list(_ask_adam(suite)), _judge_adam),
    Probe(
        "training.train",
        lambda suite: list(_ask_train(suite)),
        _judge_train,
        seconds_per_question=90.0,
    ),
    Probe(
        "training.by_position",
        asking("training.by_position", _ask_by_position),
        _judge_by_position,
    ),
    Probe(
        "training.decay", lambda suite: list(_ask_decay(suite)), _judge_decay, partial_credit=False
    ),
    Probe("training.seeds", lambda suite: list(_ask_seeds(suite)), _judge_seeds),
)

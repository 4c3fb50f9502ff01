"""Hidden questions of unit 00_orientation.

Each is asked about every reference and decoy, and about a copy of each whose weights were shaken:
those copies solve no task, so whatever an answer takes for granted of a trained model is wrong
there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import Intervention, run_with
from glasslab.models import assemble, config_of
from glasslab.tasks.base import Tokens
from glasslab.tasks.cumsum import CUMSUM
from grader.probes.base import RIGHT, Judgement, Probe, Question, wrong
from grader.probes.subjects import GROUPS, asking, judging, sample_data, shaken
from grader.suite import Subject

SHAKEN = "models with shaken weights"
# So small are the logits of shaken copies whose answers are asked for: there the highest of three
# probabilities is often below a half, as it hardly ever is in a model that was trained.
FAINT = 0.1

EMBEDDED, VALUES = "hook_embed", "blocks.0.attn.hook_v"
HEAD, NEURONS = "blocks.0.hook_attn_out", "blocks.0.mlp.hook_post"
WORDS = (
    ("minus", "nought", "plus"),
    ("below", "level", "above"),
    ("cold", "mild", "hot"),
    ("left", "middle", "right"),
)


def _faint(model: TransformerBridge) -> TransformerBridge:
    """Return a copy of a model with small logits, in the same order."""
    weights = {
        name: FAINT * weight if name.startswith("unembed.") else weight
        for name, weight in model.state_dict().items()
    }
    return assemble(config_of(model), weights)


def _both(subject: Subject, generator: torch.Generator) -> Iterator[tuple[str, TransformerBridge]]:
    """Yield a hidden model, then a shaken copy of it, each with the words for its group."""
    yield GROUPS[subject.role], subject.model
    yield SHAKEN, shaken(subject.model, generator)


def _pick(count: int, generator: torch.Generator) -> int:
    return int(torch.randint(count, (), generator=generator))


# --- orientation.words ----------------------------------------------------------------------------


def _ask_words(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    for group, each in _both(subject, generator):
        model = _faint(each) if group == SHAKEN else each
        tokens, labels = sample_data(6, generator)
        names = WORDS[_pick(len(WORDS), generator)]
        with torch.no_grad():
            logits = model(tokens)

        def words(classes: torch.Tensor, names: tuple[str, ...] = names) -> list[list[str]]:
            return [[names[each] for each in row] for row in classes.tolist()]

        forms = {
            "it says the output with the lowest logit": words(logits.argmin(-1)),
            "the names stand in reverse order": words(2 - logits.argmax(-1)),
            "it says what would be right, not what the model answers": words(labels),
            "it says the right names of the course's outputs, not the names it is given": [
                [CUMSUM.outputs[each] for each in row] for row in logits.argmax(-1).tolist()
            ],
        }
        yield Question(group, (model, tokens, list(names)), words(logits.argmax(-1)), forms)


def _judge_words(question: Question, answer: Any) -> Judgement:
    if not isinstance(answer, list) or not all(isinstance(row, list) for row in answer):
        return wrong("the answer is not a list of lists")
    if not all(isinstance(word, str) for row in answer for word in row):
        return wrong("the answer holds things that are not words")
    if answer == question.expected:
        return RIGHT
    if [len(row) for row in answer] != [len(row) for row in question.expected]:
        return wrong("there is not one list a sequence with one word a position")
    for sentence, form in question.forms.items():
        if answer == form:
            return wrong(sentence)
    return wrong("some words are not the name of the output with the highest logit")


# --- orientation.parts ----------------------------------------------------------------------------


KEYS = ("token", "position", "head", "neurons")


def _ask_parts(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    for group, model in _both(subject, generator):
        tokens, _ = sample_data(5, generator)
        position = 2 + _pick(tokens.shape[1] - 4, generator)
        with torch.no_grad():
            _, cache = model.run_with_cache(tokens)

        def parts(position: int, cache: Any = cache) -> list[torch.Tensor]:
            hooks = ("hook_embed", "hook_pos_embed", HEAD, "blocks.0.hook_mlp_out")
            return [cache[hook].detach()[:, position] for hook in hooks]

        right = parts(position)
        after_head, at_end = (
            cache[f"blocks.0.hook_resid_{where}"].detach()[:, position] for where in ("mid", "post")
        )
        forms = {
            "the position is one too late": parts(position + 1),
            "the position is one too early": parts(position - 1),
            "the last position is read, not the one asked for": parts(-1),
            "token and position have changed places": [right[1], right[0], *right[2:]],
            "head and neurons have changed places": [*right[:2], right[3], right[2]],
            "'head' holds the whole stream after the head": [*right[:2], after_head, right[3]],
            "'neurons' holds the whole stream after the neurons": [*right[:3], at_end],
            "'head' and 'neurons' hold the whole stream after them": [
                *right[:2],
                after_head,
                at_end,
            ],
        }
        stacked = {sentence: torch.stack(form) for sentence, form in forms.items()}
        yield Question(group, (model, tokens, position), torch.stack(right), stacked)


# --- orientation.reach ----------------------------------------------------------------------------


def _zeros_at(hook: str, positions: slice) -> Intervention:
    def edit(activation: torch.Tensor) -> torch.Tensor:
        edited = activation.clone()
        edited[:, positions] = 0
        return edited

    return Intervention(hook, edit)


def _ask_reach(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    for group, model in _both(subject, generator):
        for hook in (EMBEDDED, VALUES, NEURONS):
            # Few sequences: over many, the largest change is often a rise, which hides a lost sign.
            tokens, _ = sample_data(3, generator)
            position = 3 + _pick(tokens.shape[1] - 6, generator)
            yield _reach_question(group, model, tokens, hook, position)


def _reach_question(
    group: str, model: TransformerBridge, tokens: Tokens, hook: str, position: int
) -> Question:
    before = run_with(model, tokens)

    def change(start: int, stop: int | None) -> torch.Tensor:
        return run_with(model, tokens, _zeros_at(hook, slice(start, stop))) - before

    right = change(position, position + 1)
    forms = {
        "nothing changes: the hook's result seems to be lost": torch.zeros(tokens.shape[1]),
        "all positions are set to zero, not one": change(0, None).abs().amax((0, 2)),
        "the edit is one position too late": change(position + 1, position + 2).abs().amax((0, 2)),
        "the edit is one position too early": change(position - 1, position).abs().amax((0, 2)),
        "it is the mean change, not the largest": right.abs().mean((0, 2)),
        "the sign is kept: large falls are missed": right.amax((0, 2)),
        "only the first sequence is looked at": right[0].abs().amax(-1),
        "it says whether logits change, not by how much": (right.abs().amax((0, 2)) > 1e-4).float(),
    }
    return Question(group, (model, tokens, hook, position), right.abs().amax((0, 2)), forms)


# --- orientation.patched --------------------------------------------------------------------------


def _patch(hook: str, read: torch.Tensor, positions: slice, source: slice) -> Intervention:
    def edit(activation: torch.Tensor) -> torch.Tensor:
        edited = activation.clone()
        edited[:, positions] = read[:, source]
        return edited

    return Intervention(hook, edit)


def _ask_patched(subject: Subject, generator: torch.Generator) -> Iterable[Question]:
    for group, model in _both(subject, generator):
        for hook in (EMBEDDED, HEAD, NEURONS):
            tokens, _ = sample_data(6, generator)
            donor, _ = sample_data(6, generator)
            position = 3 + _pick(tokens.shape[1] - 6, generator)
            yield _patched_question(group, model, (tokens, donor), hook, position)


def _patched_question(
    group: str,
    model: TransformerBridge,
    runs: tuple[Tokens, Tokens],
    hook: str,
    position: int,
) -> Question:
    tokens, donor = runs
    here, last = slice(position, position + 1), slice(-1, None)

    def logits(runs: tuple[Tokens, Tokens], positions: slice, source: slice) -> torch.Tensor:
        with torch.no_grad():
            _, cache = model.run_with_cache(runs[1], names_filter=hook)
        return run_with(model, runs[0], _patch(hook, cache[hook], positions, source))

    late = slice(position + 1, position + 2)
    forms = {
        "nothing changes: the hook's result seems to be lost": run_with(model, tokens),
        "it is the donor's own run": run_with(model, donor),
        "tokens and donor have changed places": logits((donor, tokens), here, here),
        "all positions are patched, not one": logits(runs, slice(None), slice(None)),
        "the patch is one position too late": logits(runs, late, late),
        "the last position is patched, not the one asked for": logits(runs, last, last),
        "the activation is set to zero, not to the donor's": run_with(
            model, tokens, _zeros_at(hook, here)
        ),
    }
    return Question(group, (model, tokens, donor, hook, position), logits(runs, here, here), forms)


PROBES: tuple[Probe, ...] = (
    Probe("orientation.words", asking("orientation.words", _ask_words), _judge_words),
    Probe(
        "orientation.parts",
        asking("orientation.parts", _ask_parts),
        judging(atol=1e-5, rtol=1e-4, keys=KEYS),
    ),
    Probe(
        "orientation.reach", asking("orientation.reach", _ask_reach), judging(atol=1e-3, rtol=1e-3)
    ),
    Probe(
        "orientation.patched",
        asking("orientation.patched", _ask_patched),
        judging(atol=1e-3, rtol=1e-3),
    ),
)

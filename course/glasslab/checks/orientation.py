"""Public checks of unit 00_orientation: laws tried on the public model and on a scrambled one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.expect import as_tensor, entries, near, require, same
from glasslab.checks.outcome import Incorrect
from glasslab.checks.session import Law
from glasslab.checks.subjects import (
    LENGTH,
    PUBLIC,
    SCRAMBLED,
    WIDTH,
    public_model,
    require_no_hooks,
    sample_data,
    scaled_copy,
    scrambled_model,
)
from glasslab.checks.words import kind, shown
from glasslab.tasks.base import Tokens
from glasslab.tasks.cumsum import CUMSUM

Answer = Callable[..., Any]

N_OUTPUTS = CUMSUM.config.d_vocab_out
TOKEN, WRITTEN, POST = "hook_embed", "blocks.0.hook_attn_out", "blocks.0.hook_resid_post"

# Where each of the four parts is written: weights twice as strong double that part.
WRITERS = {
    "token": ("embed.",),
    "position": ("pos_embed.",),
    "head": ("blocks.0.attn.o.",),
    "neurons": ("blocks.0.mlp.out.",),
}


# --- orientation.words ----------------------------------------------------------------------------


def _law_words(answer: Answer) -> str:
    tokens, labels = sample_data(6)
    names = list(CUMSUM.outputs)
    small = scaled_copy(scrambled_model(), ("unembed.",), 0.05)
    for name, model in (
        (PUBLIC, public_model()),
        (SCRAMBLED, scrambled_model()),
        (f"{SCRAMBLED} that is sure of nothing, all logits small", small),
    ):
        said = _said(answer, model, tokens, names)
        logits = model(tokens)
        short = logits.amax(-1) - logits.gather(-1, said[..., None])[..., 0]
        if bool((short > 1e-4).any()):
            sequence, position = (short > 1e-4).nonzero()[0].tolist()
            hint = (
                " You say what is right there; say what this model answers."
                if torch.equal(said, labels)
                else ""
            )
            raise Incorrect(
                f"on {name}, first differs at [{sequence}, {position}] (sequence {sequence}, "
                f"position {position}): you say {names[int(said[sequence, position])]!r}, and "
                f"another output has a higher logit there.{hint}"
            )
    others = _said(answer, scrambled_model(), tokens, ["minus", "nought", "plus"])
    require(
        torch.equal(others, _said(answer, scrambled_model(), tokens, names)),
        "with other names for the outputs, the same outputs must be meant",
    )
    return "at each position the name of the output with the highest logit"


def _said(
    answer: Answer, model: TransformerBridge, tokens: Tokens, names: list[str]
) -> torch.Tensor:
    """Return which output each word of an answer names, ``[batch position]``."""
    rows = answer(model, tokens.clone(), list(names))
    if rows is None:
        raise Incorrect("expected lists of words, got None: is a return missing?")
    if isinstance(rows, torch.Tensor):
        raise Incorrect("expected words; got a tensor of numbers. names[number] is a word")
    sizes = f"{len(tokens)} lists (one a sequence) of {tokens.shape[1]} words"
    require(hasattr(rows, "__len__"), f"expected {sizes}; got {kind(rows)}")
    for row in rows:
        if isinstance(row, str):
            raise Incorrect(f"expected {sizes}; got one flat list: one list a sequence, please")
        require(hasattr(row, "__len__"), f"expected {sizes}; got a list that holds {kind(row)}")
    lengths = [len(row) for row in rows]
    got = f"{len(lengths)} of {lengths[0]}" if lengths else "an empty list"
    require(
        lengths == [tokens.shape[1]] * len(tokens),
        f"expected {sizes}; got {got}",
    )
    for word in (word for row in rows for word in row):
        require(
            isinstance(word, str) and word in names,
            f"each word must be one of the names given, {names}; got {shown(word)}",
        )
    return torch.tensor([[names.index(word) for word in row] for row in rows])


# --- orientation.parts ----------------------------------------------------------------------------


def _law_parts(answer: Answer) -> str:
    tokens, _ = sample_data(5)
    for name, model in ((SCRAMBLED, scrambled_model()), (PUBLIC, public_model())):
        for position in (0, 7, LENGTH - 1):
            parts = _parts(answer, model, tokens, position)
            stream = torch.stack(list(parts.values())).sum(0)
            logits = stream @ model.W_U.double() + model.b_U.double()
            same(
                logits,
                model(tokens)[:, position].double(),
                ("batch", "output"),
                f"on {name}, the four parts at position {position} must add up to what the "
                "unembedding turns into the logits there. Is each of them what the part *adds*, "
                "not the stream after it?",
                atol=1e-3,
            )
    position = 7
    once = _parts(answer, scrambled_model(), tokens, position)
    for key, weights in WRITERS.items():
        model = scaled_copy(scrambled_model(), weights, 2.0)
        twice = _parts(answer, model, tokens, position)[key]
        same(
            twice,
            2 * once[key],
            ("batch", "d_model"),
            f"in a model that writes its part {key!r} twice as strongly, {key!r} must be twice as "
            "long. Have two parts changed places?",
            atol=1e-3,
        )
    return "the four parts add up to the logits, and each grows with the weights that write it"


def _parts(
    answer: Answer, model: TransformerBridge, tokens: Tokens, position: int
) -> dict[str, torch.Tensor]:
    parts = entries(answer(model, tokens.clone(), position), tuple(WRITERS))
    axes = {"batch": len(tokens), "d_model": WIDTH}
    for key in WRITERS:
        shape = tuple(getattr(parts[key], "shape", ()))
        if len(shape) == 3:
            raise Incorrect(f"{key!r} has three axes: pick one position, with [:, position]")
        if shape == (LENGTH, WIDTH):
            raise Incorrect(
                f"{key!r} is [position d_model] of one sequence; the cache's first axis is the "
                "batch: pick the position with [:, position]"
            )
        if shape == (WIDTH,):
            raise Incorrect(f"{key!r} is a single vector; it needs one row for each sequence")
    return {key: as_tensor(parts[key], axes) for key in WRITERS}


# --- orientation.reach ----------------------------------------------------------------------------


def _law_reach(answer: Answer) -> str:
    tokens, _ = sample_data(8)
    model = scrambled_model()

    def reach(name: str, position: int, given: Tokens = tokens) -> torch.Tensor:
        raw = answer(model, given.clone(), name, position)
        require_no_hooks(model)
        found = as_tensor(raw, {"position": LENGTH})
        require(bool((found >= 0).all()), "a largest change without its sign can't be negative")
        return found

    position = 7
    alone = reach(POST, position)
    before_or_after = torch.arange(LENGTH) != position
    require(float(alone.max()) > 1e-3, "nothing changes at all: does your hook return its result?")
    require(
        float(alone[before_or_after].max()) < 1e-5,
        f"at {POST!r} there is no road left to other positions: an edit at position {position} "
        f"must change that position's logits alone; yours also changes position "
        f"{int((alone * before_or_after).argmax())}. Is one position set to zero, and no other? "
        "The axes are [batch position …], so it is activation[:, position]",
    )
    expected = (model(tokens)[:, position] - model.b_U).abs().max()
    near(
        float(alone[position]),
        float(expected),
        f"with zeros at {POST!r} only the unembedding's bias is left, so at that position the "
        "largest change is the largest logit without it",
        "Is it the largest over sequences and outputs?",
        atol=1e-3,
    )
    embedded = reach(TOKEN, position)
    require(
        float(embedded[:position].max()) < 1e-5,
        "no position looks into the future: earlier logits can't change",
    )
    require(
        bool((embedded[position:] > 1e-3).all()),
        f"an edit at {TOKEN!r} is felt at every later position too, through the head; yours is not",
    )
    halves = torch.stack([reach(TOKEN, position, half) for half in tokens.split(4)]).amax(0)
    same(
        embedded,
        halves,
        ("position",),
        "the largest change over all sequences must be the larger of those over two halves",
        atol=1e-3,
    )
    turned = as_tensor(
        answer(scaled_copy(model, ("unembed.",), -1.0), tokens.clone(), TOKEN, position),
        {"position": LENGTH},
    )
    same(
        turned,
        embedded,
        ("position",),
        "in a model with all its logits turned round, rises become falls, so the reach must stay "
        "the same. Do you take absolute values?",
        atol=1e-3,
    )
    return "nothing before the edit changes, and at the last hook nothing after it either"


# --- orientation.patched --------------------------------------------------------------------------


def _law_patched(answer: Answer) -> str:
    tokens, _ = sample_data(6, seed=1)
    donor, _ = sample_data(6, seed=2)
    model, position = scrambled_model(), 11
    axes = {"batch": len(tokens), "position": LENGTH, "output": N_OUTPUTS}

    def patched(donor: Tokens, name: str) -> torch.Tensor:
        raw = answer(model, tokens.clone(), donor.clone(), name, position)
        require_no_hooks(model)
        return as_tensor(raw, axes)

    own, theirs = (model(given).double() for given in (tokens, donor))
    for name in (TOKEN, WRITTEN):
        same(
            patched(tokens, name),
            own,
            tuple(axes),
            "patched with its own activation, a run must stay as it was",
            atol=1e-4,
        )
    traded = tokens.clone()
    traded[:, position] = donor[:, position]
    found = patched(donor, TOKEN)
    if torch.allclose(found, own, atol=1e-4):
        raise Incorrect("nothing changes: does your hook return the patched activation?")
    if torch.allclose(found, theirs, atol=1e-4):
        raise Incorrect("these are the logits of the donor's run: patch one position, not all")
    swapped = donor.clone()
    swapped[:, position] = tokens[:, position]
    if torch.allclose(found, model(swapped).double(), atol=1e-4):
        raise Incorrect("this is a run on donor, patched from tokens: did you swap the two?")
    same(
        found,
        model(traded).double(),
        tuple(axes),
        f"a patch at {TOKEN!r}, position {position}, must do what trading that token does",
        atol=1e-3,
    )
    mixed = own.clone()
    mixed[:, position] = theirs[:, position]
    same(
        patched(donor, POST),
        mixed,
        tuple(axes),
        f"a patch at {POST!r} must give the donor's logits at that position, and change no other",
        atol=1e-3,
    )
    return "a patched embedding is a traded token, and other positions keep what is theirs"


LAWS: dict[str, Law] = {
    "orientation.words": _law_words,
    "orientation.parts": _law_parts,
    "orientation.reach": _law_reach,
    "orientation.patched": _law_patched,
}

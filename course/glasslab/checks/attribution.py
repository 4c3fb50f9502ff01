"""Public checks of unit 05_direct_logit_attribution: take a part away, and see what is missing.

A part's share of the logits is what they lose when that part alone is taken away and all else is
held as it was. Every law about parts is tried that way, by hooks, on the public model and on one
with random weights, in which no bias is small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.expect import as_tensor, entries, near, numbers, require, same, truth
from glasslab.checks.outcome import Incorrect
from glasslab.checks.session import Law
from glasslab.checks.subjects import (
    LENGTH,
    PUBLIC,
    SCRAMBLED,
    WIDTH,
    public_model,
    read_hook,
    sample_data,
    scaled_copy,
    scrambled_model,
)
from glasslab.interventions import remove_direction, run_with
from glasslab.models import assemble, build_model, freeze
from glasslab.tasks.base import Labels, Tokens
from glasslab.tasks.cumsum import CUMSUM, ZERO, decode, encode

Answer = Callable[..., Any]
Hook = tuple[str, Callable[..., torch.Tensor]]

PATTERN, WRITTEN = "blocks.0.attn.hook_pattern", "blocks.0.hook_attn_out"
POST, MLP_WRITTEN = "blocks.0.mlp.hook_post", "blocks.0.hook_mlp_out"
N_OUTPUTS, N_NEURONS = CUMSUM.config.d_vocab_out, CUMSUM.config.d_mlp or 0
PART_NAMES = ("token", "position", "attention", "neurons", "biases")
WRITES = ("hook_embed", "hook_pos_embed", WRITTEN, MLP_WRITTEN)
"""Where something is written into the residual stream."""


def _models() -> tuple[tuple[str, TransformerBridge], ...]:
    return (SCRAMBLED, scrambled_model()), (PUBLIC, public_model())


@torch.no_grad()
def _lost(
    model: TransformerBridge, tokens: Tokens, taken: Hook, held: Sequence[str]
) -> torch.Tensor:
    """Return what the logits lose by one edit, all that is written at some hooks held as it was."""
    _, cache = model.run_with_cache(tokens, names_filter=lambda name: name in held)
    holds = [(name, lambda _, hook, kept=cache[name]: kept) for name in held]
    edited = model.run_with_hooks(tokens, fwd_hooks=[*holds, taken])
    return (model(tokens) - edited).double()


def _without(hook: str, entry: int | None = None) -> Hook:
    """Return an edit that puts zero for an activation, or for one entry of its last axis."""

    def edit(activation: torch.Tensor, hook: object) -> torch.Tensor:
        edited = activation.clone()
        edited[..., slice(None) if entry is None else entry] = 0
        return edited

    return hook, edit


# --- attribution.sources and attribution.parts ----------------------------------------------------


def _law_sources(answer: Answer) -> str:
    tokens, _ = sample_data(4)
    for name, model in _models():
        got = as_tensor(
            answer(model, tokens.clone()),
            {"batch": len(tokens), "query": LENGTH, "source": LENGTH, "output": N_OUTPUTS},
        )
        _try_sources(name, model, tokens, got)
    return "each source is worth what the logits lose when the head doesn't look at it"


def _try_sources(
    name: str, model: TransformerBridge, tokens: Tokens, sources: torch.Tensor
) -> None:
    future = torch.ones(LENGTH, LENGTH).triu(1).bool()
    require(
        float(sources[:, future].abs().max()) < 1e-4,
        "a query takes nothing from a source after it: such entries must be 0. Are query and "
        "source swapped?",
    )
    total = sources.sum(2)
    whole = read_hook(model, tokens, WRITTEN) @ model.W_U.double()
    bias = (model.b_O[0] @ model.W_U).double()
    require(
        name == PUBLIC or not _near(total, whole),
        "together your sources hold all that the head writes, its bias b_O too: that belongs to no "
        "source",
    )
    value_bias = (model.b_V[0, 0] @ model.W_O[0, 0] @ model.W_U).double()
    require(
        name == PUBLIC or not _near(total, whole - bias - value_bias),
        "your sources lack the value bias b_V: what the head takes from a source is the value as "
        f"it stands in the cache at {'blocks.0.attn.hook_v'!r}",
    )
    for source in (0, LENGTH // 2):
        lost = _lost(model, tokens, _without(PATTERN, source), [MLP_WRITTEN])
        same(
            sources[:, :, source],
            lost,
            ("batch", "query", "output"),
            f"on {name}, source {source} must be worth what the logits lose when the head doesn't "
            "look at it (and the MLP's output is held as it was). Is it attention times the value "
            "in the cache, which holds token, position and b_V?",
            atol=1e-3,
        )
    same(
        total,
        whole - bias,
        ("batch", "query", "output"),
        f"on {name}, all sources together must be what the head writes, less its bias b_O, read by "
        "W_U",
        atol=1e-3,
    )


def _law_parts(answer: Answer) -> str:
    tokens, _ = sample_data(4)
    for name, model in _models():
        parts = _parts(answer(model, tokens.clone()), len(tokens))
        total = (
            parts["token"]
            + parts["position"]
            + parts["attention"].sum(2)
            + parts["neurons"].sum(2)
            + parts["biases"]
        )
        for part, hook in (("token", "hook_embed"), ("position", "hook_pos_embed")):
            lost = _lost(model, tokens, _without(hook), [WRITTEN, MLP_WRITTEN])
            same(
                parts[part].expand(lost.shape),
                lost,
                ("batch", "position", "output"),
                f"on {name}, {part!r} must be what the logits lose when that embedding is taken "
                "off the direct road (head and MLP held as they were)",
                atol=1e-3,
            )
        _try_sources(name, model, tokens, parts["attention"])
        for neuron in (0, N_NEURONS - 1):
            lost = _lost(model, tokens, _without(POST, neuron), [])
            same(
                parts["neurons"][:, :, neuron],
                lost,
                ("batch", "position", "output"),
                f"on {name}, neuron {neuron} must be worth what the logits lose without it",
                atol=1e-3,
            )
        same(
            total,
            model(tokens).double(),
            ("batch", "position", "output"),
            f"on {name}, embeddings, sources and neurons are right, but all five parts don't sum "
            "to the logits: three biases reach the logits without being part of anything else",
            atol=1e-4 if name == PUBLIC else 1e-3,
        )
    short = tokens[:, : LENGTH - 8]
    try:
        _parts(answer(public_model(), short.clone()), len(short), short.shape[1])
    except Incorrect as wrong:
        raise Incorrect(f"for sequences of {short.shape[1]} tokens, {wrong}") from wrong
    return "five parts, and their sum is the logits"


def _parts(answer: Any, batch: int, length: int = LENGTH) -> dict[str, torch.Tensor]:
    """Return the five parts as tensors of the shapes that were asked for."""
    found = entries(answer, PART_NAMES)
    along = {"batch": batch, "position": length}
    axes: dict[str, dict[str, int]] = {
        "token": along,
        "position": {"position": length},
        "attention": {**along, "source": length},
        "neurons": {**along, "neuron": N_NEURONS},
        "biases": {},
    }
    parts = {}
    for name in PART_NAMES:
        try:
            parts[name] = as_tensor(found[name], {**axes[name], "output": N_OUTPUTS})
        except Incorrect as wrong:
            raise Incorrect(f"{name!r}: {wrong}") from wrong
    return parts


def _near(a: torch.Tensor, b: torch.Tensor) -> bool:
    return torch.allclose(a, b.to(a.dtype), atol=1e-3)


# --- attribution.gauge and attribution.zero -------------------------------------------------------


def _law_gauge(answer: Answer) -> str:
    for name, model in _models():
        found = entries(answer(model), ("W_U", "b_U"))
        weights = as_tensor(found["W_U"], {"d_model": WIDTH, "output": N_OUTPUTS})
        bias = as_tensor(found["b_U"], {"output": N_OUTPUTS})
        for what, new, old in (
            ("W_U", weights, model.W_U.double()),
            ("b_U", bias[None], model.b_U.double()[None]),
        ):
            same(
                new - new[:, :1],
                old - old[:, :1],
                ("row", "output"),
                f"on {name}, the difference between two outputs of {what} must stay what it was "
                "(here: less output 0); which axis did you average over?",
                atol=1e-4,
            )
            total = new.sum(-1)
            same(
                total,
                torch.zeros_like(total),
                ("row",),
                f"on {name}, each row of {what} must sum to zero over the outputs",
                atol=1e-4,
            )
    return "no difference between outputs moved, and every sum over outputs is zero"


BOUNDS = ((-5.5, 5.5), (-0.013, 0.017), (0.713, 2.487))
"""Windows of the running mean; no mean of up to 20 integers lies on an end of one."""

SILENCED = {
    "token": ("embed.",),
    "position": ("pos_embed.",),
    "attention": ("blocks.0.attn.o.weight",),
    "neurons": ("blocks.0.mlp.out.weight",),
    "biases": ("blocks.0.attn.o.bias", "blocks.0.mlp.out.bias", "unembed.bias"),
}
"""Which weights, set to zero, leave a part with nothing to say."""


def _law_zero(answer: Answer) -> str:
    tokens, _ = sample_data(64)
    sums = decode(tokens).cumsum(1)
    means = sums / torch.arange(1, LENGTH + 1)

    def pushes(model: TransformerBridge, low: float, high: float) -> dict[str, float]:
        return numbers(answer(model, tokens.clone(), low, high), PART_NAMES)

    for name, model in _models():
        logits = model(tokens).double()
        centred = logits - logits.mean(-1, keepdim=True)
        over_mean = centred[..., ZERO]
        for low, high in BOUNDS:
            chosen = (means > low) & (means < high)
            total = sum(pushes(model, low, high).values())
            expected, raw = (float(each[chosen].mean()) for each in (over_mean, logits[..., ZERO]))
            require(
                abs(total - raw) > 1e-3 or abs(total - expected) < 1e-3,
                f"on {name}, your five sum to the plain logit of “zero”: take off the mean over "
                "the three outputs, for a softmax doesn't feel that",
            )
            if abs(total - expected) < 1e-3:
                continue
            # The position's part is a row, the same for all sequences: easily left out of the mask.
            row = (model.W_pos @ model.W_U).double()
            row = (row - row.mean(-1, keepdim=True))[:, ZERO]
            uneven = float(row.mean() - row.expand(chosen.shape)[chosen].mean())
            by_sum = (sums > low) & (sums < high)
            ids = means + CUMSUM.config.d_vocab // 2
            by_ids = (ids > low) & (ids < high)
            slips = {
                "The window is one of the running *mean*, not of the sum": (
                    float(over_mean[by_sum].mean())
                ),
                "Average over the positions in the window only": float(over_mean.mean()),
                "Which positions lie in the window matters for 'position', too": expected + uneven,
                "Average over the positions in the window; don't sum": (
                    expected * int(chosen.sum())
                ),
                "Divide by how many positions lie in the window, not by all": (
                    expected * float(chosen.double().mean())
                ),
                "The running mean is one of values, not of token ids": float(
                    over_mean[by_ids].mean()
                ),
                **{
                    f"That is the push for {output!r}": float(centred[chosen][:, column].mean())
                    for column, output in enumerate(("negative", "zero", "positive"))
                    if column != ZERO
                },
            }
            likely = (words for words, slip in slips.items() if abs(total - slip) < 1e-3)
            raise Incorrect(
                f"on {name}, for means between {low} and {high}, your five must sum to the average "
                "there of the logit of “zero” less the mean over outputs; they sum to "
                f"{total:.4f}, which is too {'high' if total > expected else 'low'}. "
                + next(likely, "Are all three biases in, and only positions in the window?")
            )
    for part, weights in SILENCED.items():
        left = pushes(scaled_copy(scrambled_model(), weights, 0.0), *BOUNDS[0])[part]
        require(
            abs(left) < 1e-4,
            f"{part!r} must be 0 in a model whose {', '.join(weights)} are all zero; got "
            f"{left:.4g}. Does it hold what belongs to another part?",
        )
    model, silent = scrambled_model(), scaled_copy(scrambled_model(), SILENCED["neurons"], 0.0)
    for part in ("token", "position", "attention", "biases"):
        once, without = (pushes(each, *BOUNDS[0])[part] for each in (model, silent))
        require(
            abs(once - without) < 1e-3,
            f"{part!r} must not change when the MLP's weights to the stream are set to zero",
        )
    return "five pushes that sum to the logit of “zero” over the outputs' mean, in every window"


# --- attribution.confidence -----------------------------------------------------------------------

SUMS = [2, -1, 0]


def _law_confidence(answer: Answer) -> str:
    def confidence(
        model: TransformerBridge, tokens: Tokens, labels: Labels, position: int, sums: list[int]
    ) -> dict[str, torch.Tensor]:
        raw = answer(model, tokens.clone(), labels.clone(), position, list(sums))
        found = entries(raw, ("p", "margin"))
        for key in ("p", "margin"):
            for total, value in zip(sums, _listed(found[key])):
                require(
                    value == value,  # not nan, the mean of no sequences
                    f"{key!r} is nan for a running sum of {total} at position {position}, which "
                    "occurs: does your sum run up to and including `position`, over values, not "
                    "ids?",
                )
        return {key: as_tensor(found[key], {"sum": len(sums)}) for key in ("p", "margin")}

    one = encode(torch.tensor([[3, -4, 2, -1, 2]]))
    for name, model in _models():
        chances, top = [], []
        for label in range(N_OUTPUTS):
            found = confidence(model, one, torch.full_like(one, label), 3, [0])
            p, margin = float(found["p"]), float(found["margin"])
            require(0 <= p <= 1 + 1e-6, f"'p' is a probability, in 0..1; got {p:.4g}")
            # Of three outputs, the two others are at most as likely as the best of them each.
            odds = torch.tensor(-margin).exp().item()
            require(
                1 / (1 + 2 * odds) - 1e-4 <= p <= 1 / (1 + odds) + 1e-4,
                f"on {name}, one sequence, right output {label}: a margin of {margin:.3f} logits "
                f"doesn't go with p = {p:.3f}. Is p that of the right output, and the margin its "
                "logit less the best *other* one, both at the position that was asked for?",
            )
            chances.append(p)
            top.append(margin)
        first, second = model(one)[0, 3].double().sort(descending=True).values[:2]
        require(
            abs(sum(chances) - 1) < 1e-3 and abs(max(top) - float(first - second)) < 1e-3,
            f"on {name}, one sequence whose label we change: p over the three labels must sum to "
            f"1, yours to {sum(chances):.4f}; the largest margin must be the gap between the two "
            f"highest logits, and yours is {max(top):.4f}",
        )
    tokens, labels = sample_data(200)
    for position in (4, 17):
        at = decode(tokens).cumsum(1)[:, position]
        few = [(at == total).nonzero().flatten()[:3] for total in SUMS]
        others = torch.tensor([int(total) not in SUMS for total in at]).nonzero().flatten()[:40]
        chosen = torch.cat([*few, others])
        together = confidence(scrambled_model(), tokens[chosen], labels[chosen], position, SUMS)
        for i, (total, rows) in enumerate(zip(SUMS, few)):
            alone = [
                confidence(scrambled_model(), tokens[[row]], labels[[row]], position, [total])
                for row in rows.tolist()
            ]
            for key in ("p", "margin"):
                expected = sum(float(each[key]) for each in alone) / len(alone)
                got = float(together[key][i])
                require(
                    abs(got - expected) < 1e-3,
                    f"{len(alone)} of {len(chosen)} sequences have the running sum {total} at "
                    f"position {position}. Asked about each of them alone, your function says "
                    f"{', '.join(f'{float(each[key]):.3f}' for each in alone)} for {key!r}; asked "
                    f"about all {len(chosen)}, it says {got:.4f}, which isn't the mean of these. "
                    "Is it a plain average, in the order of `sums`, of just those "
                    "whose sum up to and including `position` is that one?",
                )
    return "p and margin agree, and average as means over sequences of one running sum must"


def _listed(values: Any) -> list[float]:
    """Return numbers as a list; none where they can't be read, for `as_tensor` to complain."""
    try:
        return torch.as_tensor(values).double().flatten().tolist()
    except (TypeError, ValueError, RuntimeError):
        return []


# --- attribution.centring and attribution.safe ----------------------------------------------------

SHIFTS = ("loss", "ablated_loss", "min_p")
MEANT = {
    "loss": ". It is the mean cross-entropy over all positions",
    "min_p": ". It is the smallest probability that a right output has, of all positions",
}


def _law_centring(answer: Answer) -> str:
    tokens, labels = sample_data(64)
    for name, model in _models():
        found = entries(answer(model, tokens.clone(), labels.clone()), SHIFTS)
        pairs = {}
        for key in SHIFTS:
            try:
                pairs[key] = as_tensor(found[key], {"before and after": 2})
            except Incorrect as wrong:
                raise Incorrect(f"{key!r}: {wrong}") from wrong
        # Centring a vector over d_model is taking out its part along (1, 1, ..., 1).
        flat = [remove_direction(hook, torch.ones(WIDTH)) for hook in WRITES]
        for when, logits in (
            ("before", run_with(model, tokens)),
            ("after", run_with(model, tokens, *flat)),
        ):
            log_p = logits.log_softmax(-1).gather(-1, labels[..., None])
            column = ("before", "after").index(when)
            loss, min_p = -float(log_p.mean()), float(log_p.min().exp())
            for key, expected in (("loss", loss), ("min_p", min_p)):
                got = float(pairs[key][column])
                where = (
                    f"on {name} as it is"
                    if when == "before"
                    else f"on {name}, once the part along (1, 1, …, 1) is taken out of all that is "
                    "written into the stream"
                )
                if abs(got - expected) > 1e-3 * (1 + abs(expected)):
                    why = _slip(model, tokens, labels, key, got) if when == "after" else MEANT[key]
                    away = "high" if got > expected else "low"
                    raise Incorrect(
                        f"{where}: your {key!r} {when} is {got:.4f}, which is too {away}{why}"
                    )
        ablated = float(pairs["ablated_loss"][0])
        silent = run_with(scaled_copy(model, ("blocks.0.mlp.out.weight",), 0.0), tokens)
        expected = float(torch.nn.functional.cross_entropy(silent.flatten(0, 1), labels.flatten()))
        near(
            ablated,
            expected,
            f"on {name}, 'ablated_loss' before must be the loss with all neurons' activations zero "
            "(the MLP's output bias stays)",
            atol=1e-3 * (1 + expected),
        )
    again = answer(_centred(public_model()), tokens.clone(), labels.clone())
    for key in SHIFTS:
        before, after = as_tensor(again[key], {"before and after": 2}).tolist()
        require(
            abs(before - after) < 1e-3,
            f"centring what is centred already must change nothing; {key!r} goes from {before:.4f} "
            f"to {after:.4f}",
        )
    return "centring does what taking out one direction does, and doing it twice adds nothing"


def _law_safe(answer: Answer) -> str:
    tokens, _ = sample_data(32)

    def verdict(model: TransformerBridge) -> bool:
        return truth(answer(model, tokens.clone()))

    require(
        not verdict(public_model()),
        "for the public model centring isn't safe: its loss changes, and so do its probabilities",
    )
    require(
        verdict(_normalised("LN")),
        "a LayerNorm takes the mean out of whatever it reads, so there centring is safe",
    )
    require(
        verdict(_centred(public_model())),
        "here is a copy of the public model whose writing weights are centred already: centring it "
        "again changes nothing, though it has no LayerNorm",
    )
    # Sequences of which centring changes no answer, though it changes probabilities.
    changed = _centred(public_model())(tokens).argmax(-1) != public_model()(tokens).argmax(-1)
    tokens = tokens[~changed.any(1)]
    require(
        not verdict(public_model()),
        "on these sequences centring changes none of the public model's answers, but it does "
        "change their probabilities: that isn't safe",
    )
    return "right on three kinds of model; the hidden ones hold other kinds too"


EMBEDDINGS = ("embed.weight", "pos_embed.weight")
MATRICES = ("blocks.0.attn.o.weight", "blocks.0.mlp.out.weight")
BIASES = ("blocks.0.attn.o.bias", "blocks.0.mlp.out.bias")
WRITERS = (*EMBEDDINGS, *MATRICES, *BIASES)


def _slip(model: TransformerBridge, tokens: Tokens, labels: Labels, key: str, got: float) -> str:
    """Say which slip in centring gives a certain loss or smallest p, if one does."""
    swapped = dict(model.state_dict())
    for name in MATRICES:
        swapped[name] = swapped[name] - swapped[name].mean(1, keepdim=True)
    copies = {
        **{f"{name!r} keeps its mean": _centred(model, (name,)) for name in WRITERS},
        "the copy is no different from the model. Was something edited in place that isn't what "
        "the model uses (see the ⚠️)?": model,
        "both matrices keep their mean. Were they edited in place (see the ⚠️)? Edit a state "
        "dict": _centred(model, MATRICES),
        "the two matrices are centred along the wrong axis: in a state dict theirs is [d_model "
        "in]": _centred(assemble(CUMSUM.config, swapped), MATRICES),
        "both biases that are written keep their mean": _centred(model, BIASES),
        "only the embeddings are centred": _centred(model, (*MATRICES, *BIASES)),
        "both embeddings keep their mean": _centred(model, EMBEDDINGS),
    }
    for words, copy in copies.items():
        log_p = run_with(copy, tokens).log_softmax(-1).gather(-1, labels[..., None])
        value = -float(log_p.mean()) if key == "loss" else float(log_p.min().exp())
        if abs(value - got) < 1e-4 * (1 + abs(value)):
            return f": that is what comes out if {words}"
    return ". Six tensors are written into the stream: two embeddings, two matrices, two biases"


def _centred(model: TransformerBridge, kept: Sequence[str] = ()) -> TransformerBridge:
    """Return a copy that writes nothing along (1, 1, ..., 1), but for some writers."""
    flat = torch.eye(WIDTH) - 1 / WIDTH
    state = dict(model.state_dict())
    for name in set(WRITERS) - set(kept):
        state[name] = flat @ state[name] if name in MATRICES else state[name] @ flat
    return assemble(CUMSUM.config, state)


@lru_cache(maxsize=2)
def _normalised(kind: str) -> TransformerBridge:
    """Return a model with random weights and a normalisation."""
    model = build_model(replace(CUMSUM.config, normalization_type=kind))
    generator = torch.Generator().manual_seed(1)
    model.load_state_dict(
        {
            name: old + 0.4 * torch.randn(old.shape, generator=generator)
            for name, old in model.state_dict().items()
        }
    )
    return freeze(model)


LAWS: dict[str, Law] = {
    "attribution.sources": _law_sources,
    "attribution.parts": _law_parts,
    "attribution.gauge": _law_gauge,
    "attribution.zero": _law_zero,
    "attribution.confidence": _law_confidence,
    "attribution.centring": _law_centring,
    "attribution.safe": _law_safe,
}

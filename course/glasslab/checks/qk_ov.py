"""Public checks of unit 11_qk_ov_circuits: laws tried on models with and without LayerNorm.

Models with random weights do most of the work: in them no bias, no scale and no position is small.
Without LayerNorm a circuit can be *measured*, by making a head look where we like; so that is where
the tables of an answer are held against what the hooks show.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.expect import as_tensor, entries, number, require, same
from glasslab.checks.outcome import Incorrect
from glasslab.checks.session import Law
from glasslab.checks.sorting_subjects import (
    LENGTH,
    N_TOKENS,
    ONE_HEAD_SHAPE,
    PLAIN_SHAPE,
    SHAPE,
    read_hook,
    sample_data,
    scrambled_model,
)
from glasslab.interventions import Intervention, run_with, zero_ablate
from glasslab.models import assemble, config_of
from glasslab.tasks.base import UNSCORED, Labels, Tokens
from glasslab.tasks.sorted_list import SEP

Answer = Callable[..., Any]
Weights = dict[str, torch.Tensor]

WRITERS = ("W_E", "W_pos", "W_O", "b_O")
PATTERN, VALUES, MIXED = (f"blocks.0.attn.hook_{name}" for name in ("pattern", "v", "z"))
PARTS = ("token_token", "token_position", "position_token", "position_position", "biases")


def _random_model(normalization: str | None = "LN", n_heads: int = 2) -> TransformerBridge:
    if normalization is None:
        return scrambled_model(shape=replace(PLAIN_SHAPE, n_heads=n_heads))
    return scrambled_model(shape=SHAPE if n_heads == SHAPE.n_heads else ONE_HEAD_SHAPE)


def _edited(model: TransformerBridge, edits: Mapping[str, torch.Tensor]) -> TransformerBridge:
    return assemble(config_of(model), {**model.state_dict(), **edits})


def _plain_weights(model: TransformerBridge) -> Weights:
    """Return the tables of a model without normalisation, as they are."""
    names = ("W_E", "W_pos", "W_U", "b_U")
    heads = ("W_Q", "b_Q", "W_K", "b_K", "W_V", "b_V", "W_O", "b_O")
    weights = {name: getattr(model, name) for name in names}
    return weights | {name: getattr(model, name)[0] for name in heads}


def _copy(weights: Weights) -> Weights:
    return {name: weight.clone() for name, weight in weights.items()}


def _own_answers(model: TransformerBridge, tokens: Tokens) -> Labels:
    """Return a model's own answers as labels, so that any edit that matters costs accuracy."""
    _, labels = sample_data(len(tokens))
    return torch.where(labels == UNSCORED, labels, run_with(model, tokens).argmax(-1))


# --- qk_ov.reader and qk_ov.fold ------------------------------------------------------------------


def _law_reader(answer: Answer) -> str:
    generator = torch.Generator().manual_seed(0)
    for width, out in ((7, 3), (5, 5)):
        W, b, gain, shift, x = (
            torch.randn(size, generator=generator)
            for size in ((width, out), (out,), (width,), (width,), (6, width))
        )
        raw = answer(W.clone(), b.clone(), gain.clone(), shift.clone())
        if not isinstance(raw, (tuple, list)) or len(raw) != 2:
            raise Incorrect("expected two things, the new W and the new b")
        new_W = as_tensor(raw[0], {"d_model": width, "out": out})
        new_b = as_tensor(raw[1], {"out": out})
        divided = (x - x.mean(-1, keepdim=True)) / x.std(-1, correction=0, keepdim=True)
        whole = (divided * gain + shift) @ W + b
        got, expected = (
            table.double() - (divided[0].double() @ new_W.float().double() if first else whole[0])
            for table, first in ((divided.double() @ new_W, True), (whole, False))
        )
        same(
            got,
            expected.double(),
            ("x", "out"),
            "two streams must be read as differently as before (here: what x is read as, less "
            "what x 0 is). Does each channel's scale go with the row of W that reads it?",
            atol=1e-4,
        )
        same(
            divided.double() @ new_W + new_b,
            whole.double(),
            ("x", "out"),
            "differences are right, but all is read too high or too low. What does W make of the "
            "shift?",
            atol=1e-4,
        )
    return "reads what it read before, from a stream that is only centred and divided"


def _as_weights(raw: Any, model: TransformerBridge) -> Weights:
    heads, width, inner = model.cfg.n_heads, model.cfg.d_model, model.cfg.d_head
    shapes = {
        "W_E": {"token": N_TOKENS, "d_model": width},
        "W_pos": {"position": LENGTH, "d_model": width},
        **{f"W_{part}": {"head": heads, "d_model": width, "d_head": inner} for part in "QKV"},
        **{f"b_{part}": {"head": heads, "d_head": inner} for part in "QKV"},
        "W_O": {"head": heads, "d_head": inner, "d_model": width},
        "b_O": {"d_model": width},
        "W_U": {"d_model": width, "output": N_TOKENS},
        "b_U": {"output": N_TOKENS},
    }
    raw = entries(raw, tuple(shapes))
    read = {}
    for name, axes in shapes.items():
        try:
            read[name] = as_tensor(raw[name], axes)
        except Incorrect as wrong:
            raise Incorrect(f"{name}: {wrong}") from wrong
    return read


def _divided(stream: torch.Tensor, model: TransformerBridge) -> torch.Tensor:
    """Divide a stream by its root mean square, where the model has a LayerNorm."""
    if model.cfg.normalization_type is None:
        return stream
    return stream / (stream.square().mean(-1, keepdim=True) + model.cfg.eps).sqrt()


def _law_fold(answer: Answer) -> str:
    tokens, _ = sample_data(3)
    cases = (
        ("a model with random weights", _random_model()),
        ("a model with one head", _random_model(n_heads=1)),
        ("a model without LayerNorm", _random_model(None)),
    )
    for name, model in cases:
        before = {key: weight.clone() for key, weight in model.state_dict().items()}
        weights = _as_weights(answer(model), model)
        kept = all(torch.equal(before[key], weight) for key, weight in model.state_dict().items())
        if not kept:
            model.load_state_dict(before)
            raise Incorrect("your function changed the model that it was given: edit copies")
        stream = weights["W_E"][tokens] + weights["W_pos"]
        if model.cfg.normalization_type is not None:
            for writer in WRITERS:
                require(
                    float(weights[writer].mean(-1).abs().max()) < 1e-5,
                    f"on {name}, what {writer} writes has a mean over d_model still; nobody reads "
                    "it, so take it off",
                )
        else:
            centred = stream - stream.mean(-1, keepdim=True)
            resid = read_hook(model, tokens, "blocks.0.hook_resid_pre")
            require(
                float((stream - centred).abs().max()) > 1e-3
                or float((resid - stream).abs().max()) < 1e-3,
                f"on {name}, the embeddings have been centred, and there every reader reads the "
                "mean: it is another model now",
            )
        divided = _divided(stream, model)
        for part in "QKV":
            got = divided[:, None] @ weights[f"W_{part}"] + weights[f"b_{part}"][:, None]
            expected = read_hook(model, tokens, f"blocks.0.attn.hook_{part.lower()}")
            same(
                got,
                expected.transpose(1, 2),
                ("batch", "head", "position", "d_head"),
                f"on {name}, W_{part} and b_{part} do not read from the "
                f"{'stream' if divided is stream else 'divided stream'} what the model reads",
                atol=1e-4 * float(expected.abs().max()),
            )
        mixed = read_hook(model, tokens, MIXED).transpose(1, 2)  # batch head position d_head
        stream = stream + (mixed @ weights["W_O"]).sum(1) + weights["b_O"]
        got = _divided(stream, model) @ weights["W_U"] + weights["b_U"]
        expected = model(tokens).double()
        got, expected = (each - each.mean(-1, keepdim=True) for each in (got, expected))
        same(
            got,
            expected,
            ("batch", "position", "output"),
            f"on {name}, all is read and written well up to the heads, but the logits differ (here "
            "less their mean over outputs): look at W_O, b_O, W_U and b_U",
            atol=1e-4 * float(expected.abs().max()),
        )
    return "the same model, and LayerNorm is one division in it; without LayerNorm nothing changed"


# --- qk_ov.ov and qk_ov.copied --------------------------------------------------------------------


def _measured_ov(model: TransformerBridge, head: int) -> torch.Tensor:
    """Return what a head adds to the logits when it gives all attention to each token in turn."""
    tokens = torch.arange(N_TOKENS)[:, None]  # position 0 sees itself alone
    others = Intervention(
        MIXED, lambda z: z * (torch.arange(z.shape[2]) == head)[:, None].to(z.dtype)
    )
    written = run_with(model, tokens, others) - run_with(model, tokens, zero_ablate(MIXED))
    return written[:, 0].double()


def _law_ov(answer: Answer) -> str:
    for n_heads in (2, 1):
        model = _random_model(None, n_heads)
        axes = {"head": n_heads, "source": N_TOKENS, "output": N_TOKENS}
        weights = _plain_weights(model)
        table = as_tensor(answer(_copy(weights)), axes)
        means = table.mean(-1).abs().max()
        require(
            float(means) < 1e-4,
            "each row must have mean 0 over the outputs: a softmax doesn't feel the rest; got a "
            f"row of mean {float(means):.3g}",
        )
        for head in range(n_heads):
            written = _measured_ov(model, head)
            written = written - written.mean(-1, keepdim=True)
            same(
                table[head] - table[head, :1],
                written - written[:1],
                ("source", "output"),
                f"made to look at one token alone, head {head} must add to the logits what your "
                "table says (here: row less row 0, of a model without LayerNorm)",
                atol=1e-3,
            )
        still = as_tensor(answer({**_copy(weights), "W_E": 0 * weights["W_E"]}), axes)
        require(
            float(still.abs().max()) < 1e-5,
            "tokens whose embeddings are zero must write nothing; is a bias or a position in your "
            "table?",
        )
    return "made to look at one token, each head says just that"


def _law_copied(answer: Answer) -> str:
    axes = {"head": 2, "token": 6}

    def copied(table: torch.Tensor) -> torch.Tensor:
        raw = answer(table.clone())
        read = as_tensor(raw, axes)
        # Read again: as numbers, True is 1.
        if torch.as_tensor(raw).dtype is not torch.bool:
            raise Incorrect("expected True or False for each head and token, got numbers")
        return read

    eye = torch.eye(6)
    same(
        copied(torch.stack([eye, eye.roll(1, 0)])),
        torch.stack([torch.ones(6), torch.zeros(6)]).double(),
        ("head", "token"),
        "head 0 pushes each token for itself alone, head 1 each for another (1 is True)",
    )
    table = torch.randn(2, 6, 6, generator=torch.Generator().manual_seed(5))
    raised = table + 10 * torch.stack([torch.diag(torch.tensor([1.0, 0, 0, 1, 0, 0]))] * 2)
    require(
        bool(copied(raised)[:, [0, 3]].all()),
        "a token whose own output is pushed most is copied, whatever the other rows are",
    )
    beaten = raised.clone()
    beaten[:, 0, 4] = 20
    require(
        not bool(copied(beaten)[:, 0].any()),
        "a token is not copied if its row pushes some other output more",
    )
    rows = 100 * torch.randn(2, 6, 1, generator=torch.Generator().manual_seed(6))
    same(
        copied(table + rows),
        copied(table),
        ("head", "token"),
        "adding one number to a whole row must change nothing: a softmax doesn't feel it. Do you "
        "compare along the outputs?",
    )
    return "the outputs of each source are compared, and the largest decides"


# --- qk_ov.sources --------------------------------------------------------------------------------


def _law_sources(answer: Answer) -> str:
    tokens, _ = sample_data(24)
    for n_heads in (2, 1):
        model = _random_model(n_heads=n_heads)
        labels = _own_answers(model, tokens)
        every = torch.ones(n_heads, N_TOKENS, dtype=torch.bool)
        no_sep = every.clone()
        no_sep[:, SEP] = False
        some = torch.rand(every.shape, generator=torch.Generator().manual_seed(8)) < 0.6
        others = [every.clone() for _ in range(n_heads)]
        for head, allowed in enumerate(others):
            allowed[head] = False
        cases = (
            (
                every,
                "with every source allowed a model must answer as it does. Are only positions "
                "with a label counted?",
            ),
            (
                ~every,
                "with no source allowed no head has anything to bring, its value bias included",
            ),
            *(
                (
                    allowed,
                    f"with nothing allowed to head {head}, the other heads must work as ever. "
                    "Does each head have its own row of `allowed`?",
                )
                for head, allowed in enumerate(others)
            ),
            (
                no_sep,
                "without SEP as a source, all other tokens must bring what they brought. Is "
                "`allowed` about tokens, not positions? Are values zero, and attention as it was?",
            ),
            (some, "with random tokens allowed to each head, each must bring those and no others"),
        )
        for allowed, why in cases:
            raw = answer(model, tokens.clone(), labels.clone(), allowed.clone())
            got = number(raw, "the accuracy")
            expected = _accuracy(model, tokens, labels, _silenced(model, tokens, allowed))
            away = "high" if got > expected else "low"
            require(
                abs(got - expected) < 1.5 / int((labels != UNSCORED).sum()),
                f"{why} (Your share of labels met, {got:.4f}, is too {away}.)",
            )
    return "values of other sources are zero, attention is as it was"


def _accuracy(
    model: TransformerBridge, tokens: Tokens, labels: Labels, edit: Intervention
) -> float:
    right = run_with(model, tokens, edit).argmax(-1) == labels
    return float(right[labels != UNSCORED].double().mean())


def _silenced(model: TransformerBridge, tokens: Tokens, allowed: torch.Tensor) -> Intervention:
    """Subtract what silenced positions bring, by attention: another road than editing values."""
    values = read_hook(model, tokens, VALUES).float()
    pattern = read_hook(model, tokens, PATTERN).float()
    gone = (~allowed)[:, tokens].transpose(0, 1)[:, :, None] * pattern  # batch head query key
    return Intervention(MIXED, lambda z: z - torch.einsum("bhqk,bkhd->bqhd", gone, values))


# --- qk_ov.qk, qk_ov.parts and qk_ov.without ------------------------------------------------------


def _law_qk(answer: Answer) -> str:
    for n_heads in (2, 1):
        axes = {"head": n_heads, "query": N_TOKENS, "key": N_TOKENS}
        biased = _random_model(None, n_heads)
        silent = {
            name: torch.zeros_like(biased.state_dict()[name])
            for name in ("pos_embed.weight", "blocks.0.attn.q.bias", "blocks.0.attn.k.bias")
        }
        model = _edited(biased, silent)
        table = as_tensor(answer(_copy(_plain_weights(model))), axes)
        pairs = torch.cartesian_prod(torch.arange(N_TOKENS), torch.arange(N_TOKENS))  # key, query
        pattern = read_hook(model, pairs, PATTERN)[:, :, 1].clamp_min(1e-30).log()
        # The query sees a key and itself; the log of the ratio is the difference of two scores.
        ratio = (pattern[..., 0] - pattern[..., 1]).T.unflatten(1, (N_TOKENS, N_TOKENS)).mT
        expected = ratio * math.sqrt(model.cfg.d_head)
        own = table.diagonal(dim1=-2, dim2=-1)[..., None]
        seen = expected.abs() < 60  # a smaller share of attention than e**-20 is rounded away
        factor = float(((table - own) * expected)[seen].sum() / expected[seen].square().sum())
        if abs(factor - 1) > 0.01 and torch.allclose(
            (table - own)[seen], factor * expected[seen], atol=1e-2
        ):
            raise Incorrect(
                f"the table is {factor:.3g} times what was asked for, which is undivided"
            )
        same(
            torch.where(seen, table - own, 0.0),
            torch.where(seen, expected, 0.0),
            ("head", "query", "key"),
            "without positions and biases, a query's scores for two keys must differ as your table "
            "does, times the root of d_head (here: less the score for the query's own token). Are "
            "queries rows and keys columns?",
            atol=1e-2,
        )
        weights = _plain_weights(biased)
        embeddings = weights["W_E"].clone()
        embeddings[3] = 0
        table = as_tensor(answer({**_copy(weights), "W_E": embeddings}), axes)
        require(
            float(table[:, 3].abs().max()) + float(table[:, :, 3].abs().max()) < 1e-5,
            "a token without an embedding must neither look nor be looked for; is a bias or a "
            "position in your table, or is a mean taken off it?",
        )
    return "differences within a row are what attention follows"


def _read_parts(
    answer: Answer, weights: Weights, tokens: Tokens, scale: torch.Tensor
) -> dict[str, torch.Tensor]:
    raw = entries(answer(_copy(weights), tokens.clone(), scale.clone()), PARTS)
    axes = {
        "batch": len(tokens),
        "head": len(weights["W_Q"]),
        "query": tokens.shape[1],
        "key": tokens.shape[1],
    }
    read = {}
    for name in PARTS:
        try:
            read[name] = as_tensor(raw[name], axes)
        except Incorrect as wrong:
            raise Incorrect(f"{name}: {wrong}") from wrong
    return read


def _law_parts(answer: Answer) -> str:
    axes = ("batch", "head", "query", "key")
    tokens, _ = sample_data(3)
    for n_heads, length in ((2, LENGTH), (1, 15)):
        model = _random_model(None, n_heads)
        given = tokens[:, :length]
        weights = _plain_weights(model)
        one = torch.ones(len(given), length, 1)
        parts = _read_parts(answer, weights, given, one)
        queries, keys = (read_hook(model, given, f"blocks.0.attn.hook_{name}") for name in "qk")
        scores = torch.einsum("bqhd,bkhd->bhqk", queries, keys) / math.sqrt(model.cfg.d_head)
        same(
            sum(parts.values(), torch.zeros(())),
            scores,
            axes,
            "with a scale of 1, on a model without LayerNorm, the parts must sum to q·k / √d_head",
            atol=1e-3,
        )
        _name_the_parts(answer, weights, given, one)
        generator = torch.Generator().manual_seed(2)
        scale = 0.5 + torch.rand(len(given), length, 1, generator=generator)
        divided = _read_parts(answer, weights, given, scale)
        pairs = (scale @ scale.mT)[:, None].double()
        for name in PARTS[:-1]:
            same(
                divided[name] * pairs,
                parts[name],
                axes,
                f"{name!r} is a product of what a query reads and what a key reads, each divided "
                "by its own scale (here: multiplied by both again)",
                atol=1e-3,
            )
        stream = weights["W_E"][given] + weights["W_pos"][:length]
        read = (stream / scale)[:, None].double()
        queries, keys = (
            read @ weights[f"W_{part}"].double() + weights[f"b_{part}"][:, None].double()
            for part in "QK"
        )
        same(
            sum(divided.values(), torch.zeros(())),
            queries @ keys.mT / math.sqrt(model.cfg.d_head),
            axes,
            "the sum is right where the scale is 1, and not elsewhere: a bias is added after the "
            "division, so it isn't divided itself",
            atol=1e-3,
        )
    return "they sum to the scores, and each is what its name says"


def _name_the_parts(answer: Answer, weights: Weights, tokens: Tokens, one: torch.Tensor) -> None:
    """Take embeddings, positions or biases away, and see which parts vanish."""
    without = {
        "token embeddings": (("W_E",), ("token_token", "token_position", "position_token")),
        "position embeddings": (
            ("W_pos",),
            ("token_position", "position_token", "position_position"),
        ),
        "biases": (("b_Q", "b_K"), ("biases",)),
    }
    for what, (tables, gone) in without.items():
        bare = {name: 0 * w if name in tables else w for name, w in weights.items()}
        parts = _read_parts(answer, bare, tokens, one)
        for name in gone:
            require(
                float(parts[name].abs().max()) < 1e-4,
                f"without {what}, {name!r} must be zero everywhere",
            )
    late = weights["W_pos"].clone()
    late[:8] = 0
    parts = _read_parts(answer, {**weights, "W_pos": late}, tokens, one)
    require(
        float(parts["position_token"][:, :, :8].abs().max()) < 1e-4
        and float(parts["token_position"][..., :8].abs().max()) < 1e-4,
        "the query's side comes first in a part's name: 'position_token' is what the query's "
        "position asks of the key's token",
    )


def _law_without(answer: Answer) -> str:
    tokens, labels = sample_data(24)
    generator = torch.Generator().manual_seed(4)
    scored = labels[0] != UNSCORED
    count = int(scored.sum())
    marked = torch.rand(len(tokens), LENGTH, LENGTH, generator=generator) < 0.4
    for n_heads in (2, 1):
        model = _random_model(n_heads=n_heads)
        labels = _own_answers(model, tokens)
        own = read_hook(model, tokens, PATTERN)
        rows = torch.randn(*own.shape[:3], 1, generator=generator).expand(own.shape)
        noise = 2 * torch.randn(own.shape, generator=generator)
        # e**-part multiplies attention before rows are made to sum to one again.
        turned = own * (-noise.double()).exp()
        turned = turned / turned.sum(-1, keepdim=True)
        cases = (
            ("with nothing to take off", torch.zeros(own.shape), own),
            ("with one number for all keys of a query, which a softmax doesn't feel", rows, own),
            ("with a random part", noise, turned),
        )
        for name, part, pattern in cases:
            given = (each.clone() for each in (tokens, labels, part, marked))
            raw = entries(answer(model, *given), ("accuracy", "attention"))
            try:
                attention = as_tensor(raw["attention"], {"head": n_heads, "position": count})
                accuracy = as_tensor(raw["accuracy"], {"position": count})
            except Incorrect as wrong:
                raise Incorrect(f"for the {count} positions with a label: {wrong}") from wrong
            same(
                attention,
                (pattern * marked[:, None]).sum(-1).mean(0)[:, scored].double(),
                ("head", "position"),
                f"{name}: 'attention' is what falls on marked keys, mean over sequences. Is the "
                "part taken off, not added, and the softmax over keys?",
                atol=1e-4,
            )
            swap = Intervention(PATTERN, lambda own, given=pattern: given.to(own.dtype))
            right = run_with(model, tokens, swap).argmax(-1) == labels
            expected = right.double().mean(0)[scored]
            require(
                float((accuracy - expected).abs().sum()) < 1.5 / len(tokens),
                f"{name}: 'accuracy', {float(accuracy.mean()):.4f} over all positions, must be "
                "that of a run with the new pattern. Does your pattern go into the run?",
            )
    return "the part is gone from the scores, and the run follows"


LAWS: dict[str, Law] = {
    "qk_ov.reader": _law_reader,
    "qk_ov.fold": _law_fold,
    "qk_ov.ov": _law_ov,
    "qk_ov.copied": _law_copied,
    "qk_ov.sources": _law_sources,
    "qk_ov.qk": _law_qk,
    "qk_ov.parts": _law_parts,
    "qk_ov.without": _law_without,
}

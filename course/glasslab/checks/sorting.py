"""Public checks of unit 10_sorted_list: laws tried on the public sorting model and on random ones.

Random models also come with one head and without LayerNorm: an answer that reads its model's shape
from the model is right on all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int
from transformer_lens.model_bridge import TransformerBridge

from glasslab.checks.expect import (
    as_tensor,
    entries,
    fractions,
    near,
    number,
    numbers,
    require,
    same,
)
from glasslab.checks.outcome import Incorrect
from glasslab.checks.session import Law
from glasslab.checks.sorting_subjects import (
    ONE_HEAD_SHAPE,
    PLAIN_SHAPE,
    PUBLIC,
    SCRAMBLED,
    public_model,
    sample_data,
    scaled_copy,
    scrambled_model,
    unsorted_lists,
)
from glasslab.models import assemble, config_of
from glasslab.tasks.base import UNSCORED, Labels, Tokens
from glasslab.tasks.sorted_list import LIST_LENGTH, MAX_VALUE, SEP, SORTED_LIST

Answer = Callable[..., Any]
Sources = Int[torch.Tensor, "batch scored"]
Logits = Float[torch.Tensor, "batch scored output"]

N_VALUES, N_OUTPUTS = MAX_VALUE + 1, SORTED_LIST.config.d_vocab_out
SCORED = slice(LIST_LENGTH, 2 * LIST_LENGTH)
QUERIES, KEYS, VALUES = (("blocks.0.attn.q.",), ("blocks.0.attn.k.",), ("blocks.0.attn.v.",))
WRITES = "blocks.0.attn.o.weight"


def _random_models() -> dict[str, TransformerBridge]:
    """Return a random model of each shape, under a name to say what went wrong with."""
    return {
        SCRAMBLED: scrambled_model(),
        "a random model with one head": scrambled_model(shape=ONE_HEAD_SHAPE),
        "a random model without LayerNorm": scrambled_model(shape=PLAIN_SHAPE),
    }


def _answers_of(model: TransformerBridge, tokens: Tokens) -> Logits:
    """Return a plain run's logits where something is asked."""
    with torch.no_grad():
        return model(tokens)[:, SCORED].double()


# --- sorting.inputs -------------------------------------------------------------------------------


def _law_inputs(answer: Answer) -> str:
    keys = ("tokens", "labels")
    for lists in (unsorted_lists(4), torch.tensor([[7, 2, 50], [0, 9, 1]])):
        n_lists, length = lists.shape
        given = entries(answer(lists.clone()), keys)
        axes = {"batch": n_lists, "position": 2 * length + 1}
        tokens, labels = (as_tensor(given[key], axes, "whole numbers") for key in keys)
        places = ("batch", "position")
        same(tokens[:, :length], lists, places, "a sequence begins with the list as it came")
        require(
            bool((tokens[:, length] == SEP).all()),
            f"behind the {length} numbers of the list comes SEP, token {SEP}; got "
            f"{int(tokens[0, length])} at position {length}",
        )
        second = tokens[:, length + 1 :]
        require(
            bool((second[:, 1:] > second[:, :-1]).all()),
            f"the second half must rise; got {second[0].tolist()}",
        )
        require(
            all(set(row) == set(lists[i].tolist()) for i, row in enumerate(second.tolist())),
            "the second half must hold the list's own numbers, list by list",
        )
        asked = labels != UNSCORED
        require(
            bool(asked.any()), f"some labels must differ from {UNSCORED}: where is the model asked?"
        )
        unasked = [*range(length), 2 * length]
        require(
            not bool(asked[:, unasked].any()),
            f"nothing is asked before SEP, nor at the last position: the label there is {UNSCORED}",
        )
        same(
            labels[:, length:-1],
            second,
            places,
            "from SEP to the last but one, the label is the token that comes next",
        )
    return f"{length} numbers or {LIST_LENGTH}: a list, SEP, the list sorted, and what is asked"


# --- sorting.performance --------------------------------------------------------------------------


def _law_performance(answer: Answer) -> str:
    shares = ("accuracy", "lists")
    tokens, labels = sample_data(64)

    def measured(model: TransformerBridge, labels: Labels) -> dict[str, float]:
        raw = answer(model, tokens.clone(), labels.clone())
        fractions(raw, shares, "a share")
        return numbers(raw, ("loss", *shares))

    public = measured(public_model(), labels)
    require(
        public["loss"] < 0.3 and public["accuracy"] > 0.97,
        f"the public model sorts: its loss is below 0.3 and its accuracy above .97; got "
        f"{public['loss']:.4g} and {public['accuracy']:.4g}. Is the model asked where the labels "
        f"are {UNSCORED}?",
    )
    for name, model in _random_models().items():
        log_p = _answers_of(model, tokens).log_softmax(-1)
        place = LIST_LENGTH + 3
        # The one label, for half of the lists, is what the model itself says there.
        said = log_p[:, 3].argmax(-1)
        wanted = torch.where(torch.arange(len(tokens)) % 2 == 0, said, (said + 1) % N_OUTPUTS)
        asked = torch.full_like(labels, UNSCORED)
        asked[:, place] = wanted
        got = measured(model, asked)
        loss = -float(log_p[:, 3].gather(-1, wanted[:, None]).mean())
        near(
            got["loss"],
            loss,
            f"on {name}, where a single position is labelled, the loss is the mean of −log p there",
            atol=1e-3,
        )
        for key in shares:
            require(
                abs(got[key] - 0.5) < 1e-6,
                f"{name} was asked one thing a list, and half of the answers were right: "
                f"{key!r} must be 0.5; got {got[key]:.4g}. Do labels alone say what is asked?",
            )
    # One label of every list is wrong; half of the lists have another one, which is right.
    two = torch.full_like(labels, UNSCORED)
    said = _answers_of(scrambled_model(), tokens).argmax(-1)
    two[::2, LIST_LENGTH + 1] = said[::2, 1]
    two[:, LIST_LENGTH + 2] = (said[:, 2] + 1) % N_OUTPUTS
    got = measured(scrambled_model(), two)
    require(
        abs(got["accuracy"] - 1 / 3) < 1e-6 and abs(got["lists"]) < 1e-6,
        "with one wrong answer in every list, and a right one in every other, 'accuracy' is 1/3 "
        "and 'lists' is 0: positions count alike, and a list counts if all of it is right; got "
        f"{got['accuracy']:.4g} and {got['lists']:.4g}",
    )
    return f"loss {public['loss']:.3f}, accuracy {public['accuracy']:.4f} on the check's own lists"


# --- sorting.sources ------------------------------------------------------------------------------


def _law_sources(answer: Answer) -> str:
    tokens, _ = sample_data(64)
    short = torch.tensor([[7, 2, 50, SEP, 2, 7, 50], [4, 9, 1, SEP, 1, 4, 9]])
    other = torch.tensor([[7, 2, 50, SEP, 0, 30, 50], [4, 9, 1, SEP, 4, 4, 9]])
    kinds = {
        "": tokens,
        "with lists of three: ": short,
        "where the second half isn't the list sorted: ": other,
    }
    for kind, given in kinds.items():
        length = (given.shape[1] - 1) // 2
        axes = {"batch": len(given), "query": length}
        handed = given.clone()
        sources = as_tensor(answer(handed), axes, "whole numbers")
        require(
            bool(((sources >= 0) & (sources < length)).all()),
            f"{kind}a source is a position in the unsorted half, 0 to {length - 1}; got "
            f"{int(sources.min())} to {int(sources.max())}",
        )
        found = given.gather(1, sources)
        queries = given[:, length : 2 * length].clone()
        queries[:, 0] = -1
        names = given[:, length : 2 * length]
        _require_all(
            found > queries,
            kind + "query {} is sent to the token {}, which is not larger",
            (names, found),
        )
        numbers_ = given[:, None, :length]
        passed = ((numbers_ > queries[..., None]) & (numbers_ < found[..., None])).any(-1)
        _require_all(
            ~passed,
            kind + "query {} is sent to the token {}, but a smaller one is larger than it too "
            "(SEP is sent to the smallest of all)",
            (names, found),
        )
        require(
            torch.equal(handed, given),
            "the places are right, but your function wrote into the tokens that it was handed, and "
            "whoever uses them next finds others there: change a .clone()",
        )
    return "a larger token, and none between, for every query; SEP is sent to the minimum"


def _require_all(
    holds: torch.Tensor, otherwise: str, values: tuple[torch.Tensor, torch.Tensor]
) -> None:
    """Refuse an answer at the first place where something doesn't hold, with the values there."""
    if not bool(holds.all()):
        words = [SORTED_LIST.vocabulary[int(value[~holds][0])] for value in values]
        raise Incorrect(otherwise.format(*words))


# --- sorting.attended -----------------------------------------------------------------------------


def _attended(
    answer: Answer, model: TransformerBridge, tokens: Tokens, sources: Sources
) -> tuple[list[float], float, list[float]]:
    """Return an answer's argmax rates, the rate of either, and the masses."""
    raw = entries(answer(model, tokens.clone(), sources.clone()), ("argmax", "either", "mass"))
    axes = {"head": model.cfg.n_heads}
    rates, masses = (as_tensor(raw[key], axes).tolist() for key in ("argmax", "mass"))
    either = number(raw["either"], "'either' as a number")
    for value in (*rates, *masses, either):
        require(-1e-6 <= value <= 1 + 1e-6, f"shares and masses lie in 0..1; got {value:.4g}")
    return rates, either, masses


def _law_attended(answer: Answer) -> str:
    tokens, _ = sample_data(32)
    rows = (len(tokens), LIST_LENGTH)
    own_places = torch.arange(LIST_LENGTH, 2 * LIST_LENGTH).expand(rows)
    for name, model in _random_models().items():
        totals = torch.zeros(2, model.cfg.n_heads)
        for key in range(2 * LIST_LENGTH):
            rates, _, masses = _attended(answer, model, tokens, torch.full(rows, key))
            totals += torch.tensor([rates, masses])
        for total, what in zip(totals, ("argmax", "mass"), strict=True):
            require(
                bool(((total - 1).abs() < 1e-3).all()),
                f"on {name}: summed over all the places that a query may look at, {what!r} of a "
                f"head must come to 1; got {[round(each, 3) for each in total.tolist()]}",
            )
        rates, either, masses = _attended(answer, model, tokens, own_places)
        require(
            min(masses) > 0,
            f"on {name}: queries look at themselves a little, but 'mass' on their own positions is "
            "0. Are your rows those of SEP and of all sorted tokens but the last?",
        )
        require(
            max(rates) - 1e-6 <= either <= min(1, sum(rates)) + 1e-6,
            "'either' is at least the larger of the heads' rates and at most their sum; got "
            f"{either:.4g} for {[round(rate, 4) for rate in rates]}",
        )
        require(
            min(rates) > 0,
            f"on {name}: some queries look at themselves most, but 'argmax' on their own positions "
            "is 0. Is the largest attention taken over all positions, not over the list alone?",
        )
        sep_alone = own_places + 1
        sep_alone[:, 0] = LIST_LENGTH
        _, _, sep = _attended(answer, model, tokens, sep_alone)
        require(
            min(sep) > 0,
            f"on {name}: SEP looks at itself a little, and nobody else at what lies ahead, but "
            "'mass' there is 0. Is SEP's row among yours?",
        )
        _, _, ahead = _attended(answer, model, tokens, own_places + 1)
        require(
            max(ahead) < 1e-6,
            f"on {name}: nobody looks one ahead, but 'mass' there is {max(ahead):.3g}. Are your "
            "rows those of SEP and of all sorted tokens but the last?",
        )
    few, n_places = tokens[:8], 2 * LIST_LENGTH
    every_place = (
        torch.arange(n_places).repeat_interleave(len(few))[:, None].expand(-1, LIST_LENGTH)
    )
    for factor, heads, expected in (
        (1.0, "look alike", 1),
        (-1.0, "each look most where the other looks least", 2),
    ):
        model = _with_heads_related(scrambled_model(), factor)
        _, mean, _ = _attended(answer, model, few.repeat(n_places, 1), every_place)
        total = n_places * mean
        require(
            abs(total - expected) < 1e-3,
            f"on a model whose two heads {heads}: summed over all the places that a query may look "
            f"at, 'either' must come to {expected}; got {total:.3f}. Is it found query by query, "
            "before anything is averaged?",
        )
    return "heads apart and together, at any sources"


def _with_heads_related(model: TransformerBridge, factor: float) -> TransformerBridge:
    """Return a copy of a model whose further heads score what head 0 does, times a factor."""
    config, weights = config_of(model), dict(model.state_dict())
    for name in list(weights):
        if name.startswith(QUERIES + KEYS):
            first = weights[name][: config.d_head]
            others = first * factor if name.startswith(QUERIES) else first
            weights[name] = torch.cat([first, *[others] * (config.n_heads - 1)])
    return assemble(config, weights)


# --- sorting.swap ---------------------------------------------------------------------------------


def _swapped(answer: Answer, model: TransformerBridge, tokens: Tokens, sources: Sources) -> Logits:
    axes = {"batch": len(tokens), "query": LIST_LENGTH, "output": N_OUTPUTS}
    return as_tensor(answer(model, tokens.clone(), sources.clone()), axes)


def _law_swap(answer: Answer) -> str:
    tokens, labels = sample_data(32)
    axes = ("batch", "query", "output")
    generator = torch.Generator().manual_seed(5)
    sources = torch.randint(LIST_LENGTH, (len(tokens), LIST_LENGTH), generator=generator)
    first = torch.zeros_like(sources)
    for name, model in _random_models().items():
        silent = scaled_copy(model, VALUES, 0.0)
        same(
            _swapped(answer, silent, tokens, sources),
            _answers_of(silent, tokens),
            axes,
            f"{name} whose values are all zero writes nothing wherever it looks, so the swap must "
            "change nothing there",
            atol=1e-3,
        )
        untouched = _answers_of(model, tokens)
        plain = _swapped(answer, model, tokens, sources)
        require(
            torch.equal(_answers_of(model, tokens), untouched),
            f"{name} answers otherwise after your function was called than before: does its hook "
            "stay in the model? model.run_with_hooks takes it away again",
        )
        same(
            _swapped(answer, scaled_copy(model, QUERIES, 3.0), tokens, sources),
            plain,
            axes,
            "once every head looks where you say, queries no longer matter; but with longer "
            f"queries {name} says something else. Does your hook return its pattern, and for all "
            "heads?",
            atol=1e-3,
        )
        elsewhere = tokens.clone()
        elsewhere[:, 1:LIST_LENGTH] = tokens[:, 1:LIST_LENGTH].roll(1, dims=0)
        at_first = _swapped(answer, model, tokens, first)
        same(
            _swapped(answer, model, elsewhere, first),
            at_first,
            axes,
            f"on {name}, all sent to position 0: other tokens of the list were changed, which "
            "nobody looks at, and the answers changed. Is all attention on the source?",
            atol=1e-3,
        )
        looked_at = tokens.clone()
        looked_at[:, 0] = tokens[:, 0].roll(1)
        moved = (_swapped(answer, model, looked_at, first) - at_first).abs().max()
        require(
            float(moved) > 0.1,
            f"on {name}, all sent to position 0: the token there was changed, and no answer "
            "changed. Does the pattern look at the source?",
        )
        longer = scaled_copy(model, VALUES, 2.0)
        require(
            float((_swapped(answer, longer, tokens, sources) - plain).abs().max()) > 0.1,
            f"{name} with values twice as long says just the same: is the source read at all?",
        )
    right = _places_of_answers(tokens)
    said = _swapped(answer, public_model(), tokens, right).argmax(-1)
    accuracy = float((said == labels[:, SCORED]).double().mean())
    require(
        accuracy > 0.9,
        f"sent to the right answers' own places, {PUBLIC} is right on more than 90% of positions; "
        f"got {accuracy:.3f}. Are your rows those of SEP and of all sorted tokens but the last?",
    )
    return "all heads look at the source alone, in all rows that answer"


def _places_of_answers(tokens: Tokens) -> Sources:
    """Return where in the unsorted half each sorted token stands."""
    return tokens[:, :LIST_LENGTH].argsort(-1)


# --- sorting.score --------------------------------------------------------------------------------


def _law_score(answer: Answer) -> str:
    tokens, _ = sample_data(32)
    own = _answers_of(public_model(), tokens).float()
    nothing = own.roll(1, dims=0)

    def score(own: Logits, claim: Logits, baseline: Logits) -> float:
        found = number(answer(own.clone(), claim.clone(), baseline.clone()), "the score")
        require(-1e-6 <= found <= 1 + 1e-6, f"a score lies in 0..1; got {found:.4g}")
        return found

    def law(found: float, expected: float, why: str, question: str = "") -> None:
        near(found, expected, why, question, atol=1e-3)

    law(score(own, own, nothing), 1, "a claim that changes nothing scores 1")
    law(score(own, nothing, nothing), 0, "a claim no better than the baseline scores 0")
    law(
        score(own, own + 3, nothing),
        1,
        "the same number added to all logits changes no answer, so the score stays 1",
    )
    half_way = ((own.softmax(-1) + nothing.softmax(-1)) / 2).log()
    law(score(own, nothing, half_way), 0, "a claim worse than the baseline scores 0, not less")
    law(
        score(own, half_way, nothing),
        0.5,
        "answers whose probabilities lie half way between the model's and the baseline's score 0.5",
    )
    law(
        score(own.flip(0), half_way.flip(0), nothing.flip(0)),
        0.5,
        "the order of the lists doesn't matter: still 0.5",
    )
    near_own = (0.9 * own.softmax(-1) + 0.1 * nothing.softmax(-1)).log()
    law(
        score(own.repeat(2, 1, 1), torch.cat([own, near_own]), torch.cat([nothing, near_own])),
        10 / 11,
        "a claim that is the model itself on one half of the lists, and the baseline on the other, "
        "where the baseline is nine tenths the model, scores 10/11 = 0.9091",
        "Are mean distances divided, and not each answer's own?",
    )
    law(
        score(*(_even_over(outputs) for outputs in (range(8), range(4, 12), range(8, 24)))),
        0.5,
        "a claim that moves half of the probability, where the baseline moves all of it, scores "
        "0.5, whatever outputs it is moved to",
        "Is the distance a sum of absolute differences?",
    )
    return "1 for the same answers, 0 for no better than nothing, and even steps between"


def _even_over(outputs: range) -> Logits:
    """Return logits of one answer that is spread evenly over some outputs, and says no other."""
    logits = torch.full((1, 1, N_OUTPUTS), -30.0)
    logits[..., list(outputs)] = 0.0
    return logits


# --- sorting.ablate and sorting.roles -------------------------------------------------------------


def _without_writes(model: TransformerBridge, head: int) -> TransformerBridge:
    """Return a copy of a model in which one head's output weights are zero."""
    config, weights = config_of(model), dict(model.state_dict())
    writes = weights[WRITES].clone()
    writes[:, head * config.d_head : (head + 1) * config.d_head] = 0
    return assemble(config, {**weights, WRITES: writes})


def _linear_rises(
    tokens: Tokens,
) -> tuple[TransformerBridge, Labels, Float[torch.Tensor, "head asked"]]:
    """Return a random model, labels that it holds least likely, and how losses rise without heads.

    Without LayerNorm logits are sums, so what a head adds to them is what is missing where it
    writes nothing. With such labels being without a head mostly helps: most rises are below 0.
    """
    model = scrambled_model(shape=PLAIN_SHAPE)
    own = _answers_of(model, tokens)
    least = own[..., :N_VALUES].argmin(-1)  # never SEP: no list holds it
    labels = torch.full_like(tokens, UNSCORED)
    labels[:, SCORED] = torch.where(least % 3 == 0, UNSCORED, least)
    asked = labels[:, SCORED] != UNSCORED

    def losses(logits: Logits) -> Float[torch.Tensor, " asked"]:
        return torch.nn.functional.cross_entropy(logits[asked], least[asked], reduction="none")

    added = [
        own - _answers_of(_without_writes(model, head), tokens) for head in range(model.cfg.n_heads)
    ]
    rises = [losses(own - part + part.mean(0)) - losses(own) for part in added]
    return model, labels, torch.stack(rises)


LINEAR = (
    "on a random model without LayerNorm, where logits are sums and what a head adds to them is "
    "known, labelled in part and with what it holds least likely"
)


def _law_ablate(answer: Answer) -> str:
    tokens, labels = sample_data(48)

    def costs(model: TransformerBridge, tokens: Tokens, labels: Labels) -> torch.Tensor:
        axes = {"head": model.cfg.n_heads}
        return as_tensor(answer(model, tokens.clone(), labels.clone()), axes)

    for name, model in _random_models().items():
        copies = [part[:1].repeat(8, 1) for part in (tokens, labels)]
        same(
            costs(model, *copies),
            torch.zeros(model.cfg.n_heads, dtype=torch.float64),
            ("head",),
            f"among copies of one list a head's mean over lists is its output, position by "
            f"position, so on {name} ablation must cost nothing",
            atol=1e-4,
        )
        for head in range(model.cfg.n_heads):
            found = costs(_without_writes(model, head), tokens, labels)
            require(
                abs(float(found[head])) < 1e-4,
                f"{name}, its head {head} writing nothing: ablating that head must cost nothing; "
                f"got {float(found[head]):.4g} nats",
            )
    model, least, rises = _linear_rises(tokens)
    same(
        costs(model, tokens, least),
        rises.mean(-1),
        ("head",),
        f"{LINEAR}: the rise of the mean loss. Is it each head's own mean over lists, one head at "
        "a time, and the loss where the labels ask?",
        atol=1e-3,
    )
    found = costs(public_model(), tokens, labels)
    require(
        float(found.sum()) > 2.0,  # as accuracies, two costs can't come to more than that
        "on the public model the heads' costs come to more than two nats; yours come to "
        f"{found.sum():.4g}. Is it the loss, not the accuracy, without the head less that with it?",
    )
    twice = costs(public_model(), tokens.repeat(2, 1), labels.repeat(2, 1))
    same(twice, found, ("head",), "seeing each list twice must change no cost", atol=1e-3)
    unasked = labels.clone()
    unasked[1:] = UNSCORED
    one_asked = costs(public_model(), tokens, unasked)
    silent = labels.clone()
    silent[:1] = UNSCORED
    others = costs(public_model(), tokens, silent)
    same(
        (one_asked + (len(tokens) - 1) * others) / len(tokens),
        found,
        ("head",),
        "labels say where the loss is taken, all lists make the mean: the cost on list 0 and that "
        "on the others must average to the cost on all",
        atol=1e-3,
    )
    return f"{', '.join(f'{cost:.2f}' for cost in found.tolist())} nats on the check's own lists"


def _law_roles(answer: Answer) -> str:
    tokens, labels = sample_data(48)

    def table(model: TransformerBridge, labels: Labels) -> torch.Tensor:
        axes = {"head": model.cfg.n_heads, "value": N_VALUES}
        return as_tensor(answer(model, tokens.clone(), labels.clone()), axes)

    for name, model in _random_models().items():
        found = table(model, labels)
        for value in (0, 17, MAX_VALUE):
            only = torch.where(labels == value, labels, UNSCORED)
            expected = torch.zeros_like(found)
            expected[:, value] = found[:, value]
            same(
                table(model, only),
                expected,
                ("head", "value"),
                f"on {name}, asked only where {value} is right: column {value} must stay as it "
                "was, and all others are 0",
                atol=1e-3,
            )
        for head in range(model.cfg.n_heads):
            silent = table(_without_writes(model, head), labels)[head]
            require(
                float(silent.abs().max()) < 1e-3,
                f"{name}, its head {head} writing nothing: that head's row must be 0",
            )
        counts = labels[labels != UNSCORED].bincount(minlength=N_VALUES).double()
        halves = [
            torch.where(torch.arange(len(labels))[:, None] % 2 == i, labels, UNSCORED)
            for i in range(2)
        ]
        parts = [
            table(model, half) * half[half != UNSCORED].bincount(minlength=N_VALUES)
            for half in halves
        ]
        same(
            parts[0] + parts[1],
            found * counts,
            ("head", "value"),
            f"on {name}: a column is a mean over the positions with that answer, so two halves of "
            "the labels, weighted by how often it occurs, must make up the whole",
            atol=1e-2,
        )
    model, least, rises = _linear_rises(tokens)
    answers = least[least != UNSCORED]
    sums = torch.zeros(len(rises), N_VALUES, dtype=torch.float64).index_add_(1, answers, rises)
    counts = answers.bincount(minlength=N_VALUES).clamp(min=1)
    same(
        table(model, least),
        sums / counts,
        ("head", "value"),
        f"{LINEAR}: the mean rise of the loss by right answer. Is each head replaced by its own "
        "mean over lists, position by position, and is the rise the loss's?",
        atol=1e-3,
    )
    public = table(public_model(), labels)
    require(
        float(public.sum()) > 0,
        "on the public model losing a head raises the loss; your costs are negative. Is it the "
        "loss without the head less the loss with it?",
    )
    return "what each head is worth to each answer"


LAWS: dict[str, Law] = {
    "sorting.inputs": _law_inputs,
    "sorting.performance": _law_performance,
    "sorting.sources": _law_sources,
    "sorting.attended": _law_attended,
    "sorting.swap": _law_swap,
    "sorting.score": _law_score,
    "sorting.ablate": _law_ablate,
    "sorting.roles": _law_roles,
}

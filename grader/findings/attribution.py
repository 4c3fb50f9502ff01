"""Direct logit attribution: logits as an exact sum of parts, and what centring does to a model."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import run_with, zero_ablate
from glasslab.tasks.base import Labels, Tokens
from glasslab.tasks.cumsum import decode
from grader.findings.causal import Logits, Performance, performance
from grader.findings.centring import centred_copy
from grader.findings.neurons import POST, ZERO_OUTPUT
from grader.findings.statistics import running_mean

PATTERN, VALUES = "blocks.0.attn.hook_pattern", "blocks.0.attn.hook_v"
PARTS = ("token", "position", "attention", "neurons", "biases")

# Two probabilities further apart than this are a change. Rounding moves one by less than 2e-5, and
# centring moves some probability of every hidden model that feels it by more than .05.
FELT = 1e-3


@torch.no_grad()
def logit_parts(model: TransformerBridge, tokens: Tokens) -> dict[str, torch.Tensor]:
    """Split the logits of a one-layer, one-head model without normalisation into an exact sum.

    Returns:
        ``token`` [batch position output], ``position`` [position output], ``attention`` [batch
        position source output] with the value bias, ``neurons`` [batch position neuron output],
        and ``biases`` [output]: those of the head's output, of the MLP's output and of the
        unembedding.
    """
    _, cache = model.run_with_cache(
        tokens, names_filter=lambda name: name in (PATTERN, VALUES, POST)
    )
    to_logits = model.W_U
    written = cache[VALUES][:, :, 0] @ model.W_O[0, 0] @ to_logits
    return {
        "token": model.W_E[tokens] @ to_logits,
        "position": model.W_pos[: tokens.shape[1]] @ to_logits,
        "attention": cache[PATTERN][:, 0, :, :, None] * written[:, None],
        "neurons": cache[POST][..., None] * (model.W_out[0] @ to_logits),
        "biases": (model.b_O[0] + model.b_out[0]) @ to_logits + model.b_U,
    }


def summed(parts: dict[str, torch.Tensor]) -> Logits:
    """Return what the parts of `logit_parts` add up to."""
    return (
        parts["token"]
        + parts["position"]
        + parts["attention"].sum(2)
        + parts["neurons"].sum(2)
        + parts["biases"]
    )


def less_output_mean(
    logits: Float[torch.Tensor, "*rest output"],
) -> Float[torch.Tensor, "*rest output"]:
    """Return logits less their mean over outputs: all of them that a softmax feels."""
    return logits - logits.mean(-1, keepdim=True)


def mean_within(tokens: Tokens, low: float, high: float) -> Bool[torch.Tensor, "batch position"]:
    """Return where the running mean of the values lies strictly between two bounds."""
    means = running_mean(decode(tokens))
    return (means > low) & (means < high)


def push_for_zero(
    model: TransformerBridge, tokens: Tokens, low: float, high: float
) -> dict[str, float]:
    """Return each part's push for "zero", over the outputs' mean, averaged where the running mean
    of the values lies strictly between two bounds.
    """
    chosen = mean_within(tokens, low, high)
    return {
        name: float(push[chosen].mean())
        for name, push in zero_pushes(logit_parts(model, tokens)).items()
    }


def zero_pushes(
    parts: dict[str, torch.Tensor],
) -> dict[str, Float[torch.Tensor, "batch position"]]:
    """Return each part's push for "zero", over the outputs' mean, sources and neurons summed."""
    whole = dict(parts)
    for name in ("attention", "neurons"):
        whole[name] = whole[name].sum(2)
    shape = whole["token"].shape[:2]
    return {
        name: less_output_mean(part)[..., ZERO_OUTPUT].expand(shape) for name, part in whole.items()
    }


def margins(logits: Logits, labels: Labels) -> Float[torch.Tensor, "batch position"]:
    """Return the right output's logit less the best other one."""
    right = logits.gather(-1, labels[..., None])
    return (right - logits.scatter(-1, labels[..., None], -torch.inf).amax(-1, keepdim=True))[
        ..., 0
    ]


def right_probabilities(logits: Logits, labels: Labels) -> Float[torch.Tensor, "batch position"]:
    """Return the probability of the right output."""
    return logits.softmax(-1).gather(-1, labels[..., None])[..., 0]


def centring_shift(
    model: TransformerBridge, tokens: Tokens, labels: Labels
) -> dict[str, tuple[float, float]]:
    """Return losses and the smallest p(correct), of a model and of its centred copy."""

    def measure(model: TransformerBridge) -> tuple[Performance, Performance]:
        whole = performance(run_with(model, tokens), labels)
        return whole, performance(run_with(model, tokens, zero_ablate(POST)), labels)

    (before, ablated_before), (after, ablated_after) = map(measure, (model, centred_copy(model)))
    return {
        "loss": (before.cross_entropy, after.cross_entropy),
        "ablated_loss": (ablated_before.cross_entropy, ablated_after.cross_entropy),
        "min_p": (before.p_correct_min, after.p_correct_min),
    }


def centring_moves(model: TransformerBridge, tokens: Tokens) -> float:
    """Return how far any output probability moves when a model's writing weights are centred."""
    before, after = (run_with(each, tokens).softmax(-1) for each in (model, centred_copy(model)))
    return float((after - before).abs().max())


def centring_is_safe(model: TransformerBridge, tokens: Tokens) -> bool:
    """Say whether centring a model's writing weights changes none of its probabilities."""
    return centring_moves(model, tokens) < FELT

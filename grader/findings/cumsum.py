"""Findings N1–N15 about a cumulative-sum model, on any checkpoint.

Each key of `measure` is named after what it measures. N14 (the certificate) is a proof over all
inputs, not a measurement on some.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.interventions import mean_ablate, run_with, zero_ablate
from glasslab.models import config_of
from glasslab.tasks.base import Labels, Task, Tokens
from glasslab.tasks.cumsum import CUMSUM, decode, label_tokens
from glasslab.training import one_thread
from grader.findings import attention, causal, neurons, ov
from grader.findings.centring import centred_copy
from grader.findings.certificate import certify
from grader.findings.statistics import r2, running_mean, running_sum

N_SEQUENCES = 1_000


@one_thread()
def measure(
    model: TransformerBridge,
    *,
    n_sequences: int = N_SEQUENCES,
    seed: int = 0,
    centred: bool = False,
    task: Task = CUMSUM,
) -> dict[str, Any]:
    """Measure what is known of the cumulative-sum model, on fresh sequences.

    Args:
        model: One layer, one head, an MLP, no normalisation.
        n_sequences: How many sequences to draw; published numbers used 1,000.
        seed: Where the sequences come from.
        centred: Measure `centred_copy` of the model instead.
        task: What the model was trained to do; a decoy's may differ in its labels.

    Returns:
        Plain JSON values.

    Raises:
        ValueError: the model isn't of the shape that these findings are about.
    """
    require_shape(model, task)
    if centred:
        model = centred_copy(model)
    generator = torch.Generator().manual_seed(seed)
    tokens = task.sample(n_sequences, generator)
    labels = task.label(tokens)
    return {
        **asdict(causal.performance_with(model, tokens, labels)),
        **measure_attention(model, tokens, labels),
        **measure_ov(model, tokens),
        "shuffle_max_logit_change": causal.shuffle_max_logit_change(model, tokens, generator),
        **measure_u(model, tokens, labels),
        **measure_mlp(model, tokens, labels),
        **measure_neurons(model, tokens, labels),
        **(prove(model) if labels.equal(label_tokens(tokens)) else {}),
    }


def prove(model: TransformerBridge) -> dict[str, Any]:
    """N14: what is proved of all inputs, and the worst sequence that was built and run.

    Only where the labels are the running sum's signs: it is these that the proof is about.
    """
    proved = certify(model)
    return {
        "certified_accuracy": proved.certified_accuracy,
        "certified_error_bound": proved.error_bound,
        "certified_worst_margin": proved.certified_worst_margin,
        "states": proved.states,
        "unproved_states": proved.unproved_states,
        "witness": proved.witness,
        "witness_margin": proved.witness_margin,
    }


def require_shape(model: TransformerBridge, task: Task) -> None:
    """Refuse a model that these findings aren't about.

    Raises:
        ValueError: it has another number of layers, heads, tokens or outputs, no MLP, a
            normalisation, or weights that aren't finite.
    """
    config = config_of(model)
    problems = {
        "more than one layer": config.n_layers != 1,
        "more than one head": config.n_heads != 1,
        "no MLP": config.d_mlp is None,
        "a normalisation": bool(config.normalization_type),
        f"another vocabulary than {task.config.d_vocab} tokens": config.d_vocab
        != task.config.d_vocab,
        f"other outputs than {task.config.d_vocab_out}": config.d_vocab_out
        != task.config.d_vocab_out,
        "weights that are not finite": not all(
            tensor.isfinite().all() for tensor in model.state_dict().values()
        ),
        f"room for fewer than {task.config.n_ctx} positions": config.n_ctx < task.config.n_ctx,
    }
    found = [problem for problem, present in problems.items() if present]
    if found:
        raise ValueError(f"Not a {task.name} model: it has {', '.join(found)}.")


def measure_attention(model: TransformerBridge, tokens: Tokens, labels: Labels) -> dict[str, Any]:
    """N2: how far attention is from uniform over the past, and what making it uniform costs.

    ``attention_max_deviation`` is the distance of the worst row of scores from a constant row,
    i.e. half its range; ``attention_max_score`` is the largest score itself, without sign.
    """
    scores = attention.attention_scores(model, tokens)
    seen = scores[..., attention.causal_mask(scores.shape[-1])]
    pattern = attention.attention_pattern(model, tokens)
    spread = float(attention.score_spread(scores).max())
    return {
        "attention_max_deviation": spread / 2,
        "attention_score_spread": spread,
        "attention_max_score": float(seen.abs().max()),
        "attention_pattern_max_deviation": float(attention.pattern_deviation(pattern).max()),
        "uniform_swap_loss_increase": causal.uniform_swap_loss_increase(model, tokens, labels),
    }


def measure_ov(model: TransformerBridge, tokens: Tokens) -> dict[str, Any]:
    """N3, N4, N5, N8, N9: rank, linearity, what u · resid_mid is, and where u points."""
    singular_values = ov.ov_singular_values(model).tolist()
    values = decode(torch.arange(model.W_E.shape[0]))
    stream = ov.residual_along_u(model, tokens)
    token_values = decode(tokens)
    return {
        "ov_singular_values": singular_values,
        "ov_singular_value_ratio": singular_values[1] / (singular_values[0] or 1.0),
        "u_linear_in_value_r2": r2(values, ov.values_along_u(model)),
        "u_r2_cumulative_mean": r2(running_mean(token_values), stream),
        "u_r2_cumulative_sum": r2(running_sum(token_values), stream),
        **ov.output_cosines(model),
    }


def measure_u(model: TransformerBridge, tokens: Tokens, labels: Labels) -> dict[str, Any]:
    """N15: the head writing only along u, or not along u; and u hidden from the MLP alone."""
    kept = causal.performance_keep_only_u(model, tokens, labels)
    removed = causal.performance_remove_u(model, tokens, labels)
    hidden = causal.performance_with(
        model, tokens, labels, causal.hide_from_mlp(ov.direction_u(model))
    )
    return {
        "keep_only_u_accuracy": kept.accuracy,
        "keep_only_u_cross_entropy": kept.cross_entropy,
        "remove_u_accuracy": removed.accuracy,
        "remove_u_cross_entropy": removed.cross_entropy,
        "hide_u_from_mlp_accuracy": hidden.accuracy,
        "hide_u_from_mlp_cross_entropy": hidden.cross_entropy,
    }


def measure_mlp(model: TransformerBridge, tokens: Tokens, labels: Labels) -> dict[str, Any]:
    """N7, N10: the model without its MLP, and how often it then says "zero"."""
    logits = run_with(model, tokens, zero_ablate(neurons.POST))
    zeroed = asdict(causal.performance(logits, labels))
    averaged = causal.performance_with(model, tokens, labels, mean_ablate(neurons.POST))
    says_zero = (logits.argmax(-1) == neurons.ZERO_OUTPUT).float().mean()
    return {
        **{f"mlp_zero_ablated_{name}": value for name, value in zeroed.items()},
        "mlp_zero_ablated_zero_rate": float(says_zero),
        "zero_rate": float((labels == neurons.ZERO_OUTPUT).float().mean()),
        "mlp_mean_ablated_cross_entropy": averaged.cross_entropy,
        "mlp_mean_ablated_accuracy": averaged.accuracy,
    }


def measure_neurons(model: TransformerBridge, tokens: Tokens, labels: Labels) -> dict[str, Any]:
    """N11, N12, N13: what each neuron is worth, which means it fires on, how it pushes "zero"."""
    increase = neurons.neuron_zero_ablation_loss_increase(model, tokens, labels)
    activations = neurons.neuron_activations(model, tokens)
    return {
        "neuron_zero_ablation_loss_increase": increase,
        "neuron_roles": neurons.neuron_roles(activations, running_mean(decode(tokens)), increase),
        "neuron_zero_push": neurons.neuron_zero_push(model),
    }

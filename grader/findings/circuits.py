"""Circuits made by hand, done right: for any model's head, and for any length and largest value.

Reference answers of unit 07_by_hand. How a circuit is judged is `glasslab.circuits`: learners hold
the same instrument.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from transformer_lens.model_bridge import TransformerBridge

from grader.findings.ov import direction_u, ov_circuit

Weights = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Window:
    """Where a readout's threshold may lie, and how strong a head must be to leave room for it.

    The stream is skip · last value + strength · mean. "zero" must win where the sum is 0, and only
    there: the threshold lies above ``low``, the largest |stream| at sum 0, and below ``high``, the
    smallest stream at a positive sum.
    """

    low: float
    high: float
    least_strength: float


def readout_window(strength: float, skip: float, n_ctx: int, max_value: int) -> Window:
    """Return the window of thresholds on a stream into which the last token leaks.

    Raises:
        ValueError: fewer than three positions: the worst last token needs two others to undo it.
    """
    if n_ctx < 3:
        raise ValueError(f"n_ctx must be at least 3, got {n_ctx}.")
    leak = abs(skip) * max_value
    return Window(leak, strength / n_ctx - leak, 2 * leak * n_ctx)


def rewired(model: TransformerBridge) -> Weights:
    """Return an unembedding that reads the answer off what the head alone writes.

    One reads in units of the value, so that +1 at the last position reads 1 / n_ctx; "zero" wins up
    to half of that.
    """
    u = direction_u(model)
    heights = ov_circuit(model) @ u
    values = torch.arange(len(heights)) - len(heights) // 2
    slope = (values * heights).sum() / (values**2).sum()
    bias = (model.b_V[0, 0] @ model.W_O[0, 0] + model.b_O[0]) @ u
    shift = (heights.mean() + bias) / slope
    reading = u / slope
    return {
        "W_U": torch.stack([-reading, torch.zeros_like(u), reading], dim=1),
        "b_U": torch.tensor([shift, 0.5 / model.cfg.n_ctx, -shift]),
    }


def narrow_circuit(n_ctx: int, max_value: int) -> Weights:
    """Return a circuit whose stream is one number wide: the head drowns what the skip path leaks.

    2 · max_value + 5 numbers other than zero.
    """
    strength = 2 * readout_window(0.0, 1.0, n_ctx, max_value).least_strength
    window = readout_window(strength, 1.0, n_ctx, max_value)
    return {
        "W_E": torch.arange(-max_value, max_value + 1.0)[:, None],
        "W_V": torch.ones(1, 1),
        "W_O": torch.full((1, 1), strength),
        "W_U": torch.tensor([[-1.0, 0.0, 1.0]]),
        "b_U": torch.tensor([0.0, (window.low + window.high) / 2, 0.0]),
    }


def small_circuit(n_ctx: int, max_value: int, p_correct: float = 0.95) -> Weights:
    """Return a circuit of 2 · max_value + 5 numbers other than zero, none of them large.

    The head reads one channel and writes another, which the skip path leaves alone. No circuit of
    this shape has fewer: any two tokens are told apart by some sum, so all embeddings differ and at
    most one is zero; values and outputs each need a number; with one number in the unembedding two
    logits are constant, and one of their two outputs never wins; and with these 2 · max_value + 4
    alone, the token whose embedding is zero leaves all three logits 0.
    """
    margin = math.log(2 / (1 / p_correct - 1))
    gain = 2 * n_ctx * margin  # from the mean to the logits: the smallest mean is 1 / n_ctx
    each = (gain * max_value) ** (1 / 4)  # the largest number in each of the four matrices
    value, zero = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    return {
        "W_E": torch.arange(-max_value, max_value + 1.0)[:, None] * value * each / max_value,
        "W_V": each * value[:, None],
        "W_O": each * zero[None],
        "W_U": zero[:, None] * torch.tensor([-1.0, 0.0, 1.0]) * each,
        "b_U": torch.tensor([0.0, margin, 0.0]),
    }


def needed_margin(loss: float) -> float:
    """Return the margin over both other outputs at which the cross-entropy is this loss."""
    return math.log(2 / math.expm1(loss))


def louder(weights: Weights, factor: float) -> Weights:
    """Return the circuit whose logits are all ``factor`` times as large."""
    return weights | {name: weights[name] * factor for name in ("W_U", "b_U") if name in weights}


def found_circuit(
    n_ctx: int, max_value: int, share: float, margin: float, generator: torch.Generator
) -> Weights:
    """Return a right circuit in which no number is zero and nothing can be read off.

    Args:
        n_ctx: Number of positions.
        max_value: Largest value.
        share: Where the threshold lies, from 0 (at sum 0) to 1 (at sum ±1 of the last position).
        margin: The threshold's height, in logits.
        generator: Turns the channels.
    """
    d_model, d_head = 4, 2

    def turn(size: int) -> Float[torch.Tensor, "row column"]:
        return torch.linalg.qr(torch.randn(size, size, generator=generator).double()).Q

    channels = torch.eye(d_model, dtype=torch.float64)
    gain = margin * n_ctx / share
    W_V, W_O = torch.zeros(d_model, d_head), torch.zeros(d_head, d_model)
    W_V[0, 0], W_O[0, 1] = 2.0, gain / 2
    signs = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    zero = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)
    # Half of the threshold comes through a constant channel, half from the output bias.
    W_U = channels[1][:, None] * signs + margin / 2 * channels[2][:, None] * zero
    stream, head = turn(d_model), turn(d_head)
    values = torch.arange(-max_value, max_value + 1, dtype=torch.float64)
    exact = {
        "W_E": values[:, None] * channels[0] @ stream,
        "W_V": stream.T @ W_V.double() @ head,
        "W_O": head.T @ W_O.double() @ stream,
        "b_O": channels[2] @ stream,
        "W_U": stream.T @ W_U,
        "b_U": margin / 2 * zero + 0.25,
    }
    return {name: table.float() for name, table in exact.items()}

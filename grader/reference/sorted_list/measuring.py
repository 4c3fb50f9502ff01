"""What is measured of hidden sorting models: the findings as scalars, and where a fault shows."""

from __future__ import annotations

from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.tasks.base import UNSCORED, Task
from glasslab.training import one_thread
from grader.findings.sorted_list import measure

N_LISTS = 200
"""For findings: enough to tell references from decoys, at a second or two a model."""
N_LISTS_BY_NUMBER = 2_000


def measure_briefly(model: TransformerBridge, *, task: Task) -> dict[str, Any]:
    """Return the findings on few lists, and what criteria ask of those that go by head or gap."""
    found = measure(model, n_sequences=N_LISTS, task=task)
    copied = found["ov_copied_tokens"]
    return {
        **found,
        "either_head_argmax_rate": found["next_larger_argmax_rate"]["either"],
        "best_sep_to_minimum_rate": max(found["sep_to_minimum_rate"]),
        "least_head_loss_increase": min(found["head_mean_ablation_loss_increase"]),
        "tokens_copied_by_some_head": len(set().union(*copied)),
        "large_gap_accuracy": found["gap_accuracy"]["20-50"],
    }


@one_thread()
@torch.no_grad()
def measure_by_number(model: TransformerBridge, *, task: Task) -> dict[str, Any]:
    """Return the share of right answers on 2,000 lists: of all, and by the number to be said."""
    tokens = task.sample(N_LISTS_BY_NUMBER, torch.Generator().manual_seed(0))
    labels = task.label(tokens)
    scored = labels != UNSCORED
    answers, right = labels[scored], (model(tokens).argmax(-1) == labels)[scored]
    numbers = task.config.d_vocab - 1
    asked, said = (part.bincount(minlength=numbers) for part in (answers, answers[right]))
    by_number = (said / asked).tolist()
    return {
        "accuracy": float(right.double().mean()),
        "accuracy_by_number": by_number,
        "lowest_number_accuracy": min(by_number),
    }

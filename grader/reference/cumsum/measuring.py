"""What is measured of hidden models that are there to be proved right or wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab.lean import lean_logits
from glasslab.tasks.base import Task
from glasslab.training import one_thread
from grader.findings.certificate import certify
from grader.findings.faults import failing_share

RANDOM_SEQUENCES = 20_000
BATCH = 1_000
LIKELY_TOKENS = 2


@one_thread()
@torch.no_grad()
def random_errors(model: TransformerBridge, task: Task) -> int:
    """Return how many answers are wrong on 20,000 random sequences, of all positions."""
    generator, errors = torch.Generator().manual_seed(0), 0
    for _ in range(RANDOM_SEQUENCES // BATCH):
        tokens = task.sample(BATCH, generator)
        answers = lean_logits(model.state_dict(), tokens).argmax(-1)
        errors += int((answers != task.label(tokens)).sum())
    return errors


def measure_proof(model: TransformerBridge, *, task: Task) -> dict[str, Any]:
    """Return what random tests find, and the certificate, with a witness that was really run."""
    return {"random_errors": random_errors(model, task), **asdict(certify(model))}


def measure_fault(model: TransformerBridge, *, task: Task) -> dict[str, Any]:
    """Return what `measure_proof` does, and bounds on the share of inputs that fail.

    Counting any token gives true bounds; those that the witness holds most often give tight ones.
    """
    found = measure_proof(model, task=task)
    tokens = [token for token, _ in Counter(found["witness"]).most_common(LIKELY_TOKENS)]
    shares = [failing_share(model, token) for token in tokens]
    return {
        **found,
        "failing_share_at_least": max(share.at_least for share in shares),
        "failing_share_at_most": min(share.at_most for share in shares),
    }

"""Probes, one file a unit; ``PROBES`` maps a check's name to the probe of its graded cell."""

from types import ModuleType

from grader.probes import (
    adversarial,
    attention,
    attribution,
    by_hand,
    data,
    mlp,
    orientation,
    proof,
    qk_ov,
    sorting,
    training,
)
from grader.probes.base import Probe

UNITS: dict[str, tuple[ModuleType, ...]] = {
    "cumsum": (orientation, data, training, attention, mlp, attribution, proof, by_hand),
    "sorted_list": (
        sorting,
        qk_ov,
        adversarial,
    ),
}
"""By the task whose hidden models they ask about."""

PROBES: dict[str, Probe] = {
    probe.name: probe for units in UNITS.values() for unit in units for probe in unit.PROBES
}

TASK_OF: dict[str, str] = {
    probe.name: task for task, units in UNITS.items() for unit in units for probe in unit.PROBES
}
"""The task of each probe."""

__all__ = ["PROBES", "TASK_OF", "Probe"]

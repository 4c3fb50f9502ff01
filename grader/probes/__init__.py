"""Probes, one file a unit; ``PROBES`` maps a check's name to the probe of its graded cell."""

from grader.probes import (
    attention,
    attribution,
    by_hand,
    data,
    mlp,
    orientation,
    proof,
    training,
)
from grader.probes.base import Probe

UNITS = (orientation, data, training, attention, mlp, attribution, proof, by_hand)

PROBES: dict[str, Probe] = {probe.name: probe for unit in UNITS for probe in unit.PROBES}

__all__ = ["PROBES", "Probe"]

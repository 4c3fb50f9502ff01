"""Probes, one file a unit; ``PROBES`` maps a check's name to the probe of its graded cell."""

from grader.probes import attention, data
from grader.probes.base import Probe

PROBES: dict[str, Probe] = {probe.name: probe for probe in (*data.PROBES, *attention.PROBES)}

__all__ = ["PROBES", "Probe"]

"""Hidden questions of unit 02_training."""

from __future__ import annotations

from grader.probes.base import Probe

PROBES: tuple[Probe, ...] = ()

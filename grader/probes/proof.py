"""Hidden questions of unit 06_proof."""

from __future__ import annotations

from grader.probes.base import Probe

PROBES: tuple[Probe, ...] = ()

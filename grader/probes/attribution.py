"""Hidden questions of unit 05_direct_logit_attribution."""

from __future__ import annotations

from grader.probes.base import Probe

PROBES: tuple[Probe, ...] = ()

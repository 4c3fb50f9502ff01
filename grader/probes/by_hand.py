"""Hidden questions of unit 07_by_hand."""

from __future__ import annotations

from grader.probes.base import Probe

PROBES: tuple[Probe, ...] = ()

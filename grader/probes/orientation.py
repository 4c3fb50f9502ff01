"""Hidden questions of unit 00_orientation."""

from __future__ import annotations

from grader.probes.base import Probe

PROBES: tuple[Probe, ...] = ()

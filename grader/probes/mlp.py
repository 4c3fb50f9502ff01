"""Hidden questions of unit 04_mlp."""

from __future__ import annotations

from grader.probes.base import Probe

PROBES: tuple[Probe, ...] = ()

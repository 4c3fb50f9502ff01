"""Hidden questions of unit 03_attention."""

from grader.probes.base import Probe

PROBES: tuple[Probe, ...] = ()

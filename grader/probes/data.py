"""Hidden questions of unit 01_data."""

from grader.probes.base import Probe

PROBES: tuple[Probe, ...] = ()

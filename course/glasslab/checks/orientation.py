"""Public checks of unit 00_orientation."""

from __future__ import annotations

from glasslab.checks.session import Law

LAWS: dict[str, Law] = {}

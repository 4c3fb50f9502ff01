"""Public checks of unit 06_proof."""

from __future__ import annotations

from glasslab.checks.session import Law

LAWS: dict[str, Law] = {}

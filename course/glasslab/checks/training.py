"""Public checks of unit 02_training."""

from __future__ import annotations

from glasslab.checks.session import Law

LAWS: dict[str, Law] = {}

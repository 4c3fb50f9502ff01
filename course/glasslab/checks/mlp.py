"""Public checks of unit 04_mlp."""

from __future__ import annotations

from glasslab.checks.session import Law

LAWS: dict[str, Law] = {}

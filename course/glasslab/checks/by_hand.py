"""Public checks of unit 07_by_hand."""

from __future__ import annotations

from glasslab.checks.session import Law

LAWS: dict[str, Law] = {}

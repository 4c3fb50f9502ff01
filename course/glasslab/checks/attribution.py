"""Public checks of unit 05_direct_logit_attribution."""

from __future__ import annotations

from glasslab.checks.session import Law

LAWS: dict[str, Law] = {}

"""Public checks of unit 03_attention."""

from glasslab.checks.session import Law

LAWS: dict[str, Law] = {}

"""Public checks of unit 01_data."""

from glasslab.checks.session import Law

LAWS: dict[str, Law] = {}

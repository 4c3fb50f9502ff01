"""What a wheel holds beside its packages: the units' source notebooks, for practice.

Not an editable install: a checkout has them where they are edited, and copies would grow old.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PackedUnits(BuildHookInterface):
    """Puts them into ``grader``, which nobody behind walls can see: they hold the answers."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name what else is packed; ``version`` is "standard" or "editable"."""
        if version == "editable":
            return
        for path in sorted(Path(self.root).glob("solutions/[0-9][0-9]_*/[0-9][0-9]_*.ipynb")):
            place = Path("grader", "packed", *path.parts[-3:])
            build_data["force_include"][str(path)] = place.as_posix()

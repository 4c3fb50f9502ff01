"""The receipts that a learner's own machine keeps, beside the bundles they are for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from glasslab.submitting.bundle import Bundle, write_atomically
from glasslab.submitting.sending import Sent

FILE_NAME = "receipts.json"
LARGEST = 2**20


def keep(sent: Sent, bundle: Bundle, address: str) -> None:
    """Keep a receipt beside its bundle; the service has it too, so failing is no harm."""
    entry = {**asdict(sent.receipt), "bundle": bundle.path.name, "address": address}
    try:
        others = [each for each in _read(bundle.path.parent) if each != entry]
        text = json.dumps([*others, entry], ensure_ascii=False, indent=1)
        write_atomically(bundle.path.parent / FILE_NAME, f"{text}\n".encode())
    except (OSError, ValueError, TypeError, RecursionError):
        return


def kept(folder: Path) -> list[Mapping[str, Any]]:
    """Return the receipts in a folder, the newest last; none if they can't be read."""
    try:
        return _read(folder)
    except (OSError, ValueError, TypeError, RecursionError):
        return []


def _read(folder: Path) -> list[Mapping[str, Any]]:
    path = folder / FILE_NAME
    if not path.exists() or path.stat().st_size > LARGEST:
        return []
    return [each for each in json.loads(path.read_bytes()) if isinstance(each, dict)]

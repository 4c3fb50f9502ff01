"""Writes what is handed in as one file: a zip of a manifest and the notebook."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from glasslab import __version__
from glasslab.submitting.errors import SubmitError
from glasslab.submitting.reading import Notebook
from glasslab.submitting.review import Review

FORMAT = 1
OUTBOX = "my_submissions"
"""The folder, beside the units, that keeps what was handed in."""


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk."""

    path: Path
    content: bytes
    unit: str
    notebook_sha256: str

    @property
    def sha256(self) -> str:
        """The hash of the bundle's own bytes, by which an upload is taken up again."""
        return hashlib.sha256(self.content).hexdigest()


def spoken(receipt: str) -> str:
    """Return a receipt in groups of four characters, to read aloud."""
    return " ".join(receipt[i : i + 4] for i in range(0, len(receipt), 4))


def write_bundle(notebook: Notebook, review: Review, folder: Path) -> Bundle:
    """Write the bundle of a notebook into a folder, in one step.

    Of the same notebook there is one bundle: what is there already is left as it is.

    Raises:
        SubmitError: the folder can't be written to.
    """
    path = folder / f"{review.unit}-{notebook.sha256[:16]}.zip"
    content = _kept(path, notebook, review.unit)
    if content is None:
        content = _packed(notebook, review)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
        except OSError as error:
            raise SubmitError(
                f"{path} can't be written: {error.strerror}. Name another folder with --zip "
                "(in a notebook, submit(zip=...))."
            ) from error
    return Bundle(path, content, review.unit, notebook.sha256)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file in one step, so that it is never half written.

    Raises:
        OSError: it can't be written.
    """
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _packed(notebook: Notebook, review: Review) -> bytes:
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "unit": review.unit,
        "sha256": notebook.sha256,
        "size": len(notebook.content),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "glasslab": __version__,
        "checks": review.checks,
        "answered": review.answered,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))
        archive.writestr(f"{review.unit}.ipynb", notebook.content)
    return packed.getvalue()


def _kept(path: Path, notebook: Notebook, unit: str) -> bytes | None:
    """Return a bundle written before, if it is whole and of this notebook."""
    try:
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            same = archive.read(f"{unit}.ipynb") == notebook.content
            return content if same and archive.read("manifest.json") else None
    except (OSError, zipfile.BadZipFile, KeyError):
        return None

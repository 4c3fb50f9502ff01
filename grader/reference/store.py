"""A suite on disk: one folder a model, and a manifest with digests. Nothing here unpickles.

A model counts once the manifest names it, and the manifest names it once its folder is complete:
whatever is killed half-way leaves nothing that could be taken for a model.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from transformer_lens.model_bridge import TransformerBridge

from glasslab.models import CONFIG_FILE, WEIGHTS_FILE, load_model, save_model
from grader.errors import GraderError
from grader.suite import Role
from grader.tasks import FIRST_TASK, train_command

MANIFEST_FILE = "suite.json"
FINDINGS_FILE = "findings.json"
FORMAT = 1
HIDDEN_FILES = (WEIGHTS_FILE, CONFIG_FILE, FINDINGS_FILE)


@dataclass(frozen=True)
class Entry:
    """What the manifest says of one model."""

    name: str
    kind: str
    role: Role
    attempt: int
    """Which of its derived seeds came out as required, from 1."""
    recipe: dict[str, Any]
    digests: dict[str, str]
    """SHA-256 of each file in its folder."""


@dataclass(frozen=True)
class Manifest:
    """What ``suite.json`` holds. It names the secret only by a one-way fingerprint."""

    task: str
    fingerprint: str
    question_seed: int
    entries: tuple[Entry, ...] = ()
    complete: bool = False
    format: int = FORMAT

    def with_entry(self, entry: Entry) -> Manifest:
        """Return the manifest with an entry added, in place of one of the same name."""
        others = tuple(known for known in self.entries if known.name != entry.name)
        return replace(self, entries=(*others, entry), complete=False)

    def completed(self, names: Sequence[str]) -> Manifest:
        """Return the manifest of a finished suite: the entries of these names, in this order."""
        return replace(self, entries=self.of(names), complete=True)

    def of(self, names: Sequence[str]) -> tuple[Entry, ...]:
        """Return the entries of these names, in this order."""
        by_name = {entry.name: entry for entry in self.entries}
        return tuple(by_name[name] for name in names)


def read_manifest(folder: Path, task: str | None = None) -> Manifest:
    """Read a suite's manifest.

    Args:
        folder: The suite's.
        task: What the suite must be for; anything if None.

    Raises:
        GraderError: there is no suite here, it is for another task, or its manifest can't be read.
    """
    path = folder / MANIFEST_FILE
    try:
        data = json.loads(path.read_text())
        if data["format"] != FORMAT:
            raise GraderError(
                f"The suite in {folder} has format {data['format']}, this grader reads {FORMAT}: "
                "train it anew in another folder."
            )
        entries = tuple(Entry(**entry) for entry in data.pop("entries"))
        manifest = Manifest(**data, entries=entries)
    except FileNotFoundError:
        raise GraderError(
            f"There is no hidden suite of {task or FIRST_TASK!r} in {folder}: make one with "
            f"'{train_command(task or FIRST_TASK)}'."
        ) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise GraderError(
            f"{path} can't be read as a suite's manifest ({type(error).__name__}): "
            "train the suite anew in another folder."
        ) from error
    if task is not None and manifest.task != task:
        raise GraderError(
            f"The suite in {folder} is for {manifest.task!r}, not {task!r}: use another folder."
        )
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a suite's manifest in one step, readable by its owner alone."""
    _make_private(folder)
    _write_private(folder / MANIFEST_FILE, json.dumps(asdict(manifest), indent=2) + "\n")


def write_model(
    folder: Path, name: str, model: TransformerBridge, findings: dict[str, Any]
) -> dict[str, str]:
    """Store a model and its findings in one step; return the digests of its files."""
    finished, half_written = folder / name, folder / f".{name}.part"
    shutil.rmtree(half_written, ignore_errors=True)
    _make_private(half_written)
    save_model(model, half_written)
    (half_written / FINDINGS_FILE).write_text(json.dumps(findings, indent=2) + "\n")
    for file in HIDDEN_FILES:
        (half_written / file).chmod(0o600)
    shutil.rmtree(finished, ignore_errors=True)
    half_written.replace(finished)
    return digests_of(finished)


def digests_of(model_folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a stored model.

    Raises:
        FileNotFoundError: one is missing.
    """
    return {
        file: hashlib.sha256((model_folder / file).read_bytes()).hexdigest()
        for file in HIDDEN_FILES
    }


def is_intact(folder: Path, entry: Entry) -> bool:
    """Whether a model's files are all there and as they were when it was stored."""
    try:
        return digests_of(folder / entry.name) == entry.digests
    except OSError:
        return False


def read_model(folder: Path, entry: Entry) -> TransformerBridge:
    """Load a stored model after comparing its files with the manifest.

    Raises:
        GraderError: a file is missing, changed, or not a model.
    """
    if not is_intact(folder, entry):
        raise GraderError(
            f"The files of {entry.name} in {folder} are not those that were trained: "
            "train the suite again, which makes that model anew and keeps the others."
        )
    try:
        return load_model(folder / entry.name)
    except ValueError as error:
        raise GraderError(f"{entry.name} in {folder} is not a model: {error}") from error


def _make_private(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def _write_private(path: Path, text: str) -> None:
    half_written = path.with_name(f".{path.name}.part")
    half_written.unlink(missing_ok=True)
    descriptor = os.open(half_written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half_written.replace(path)

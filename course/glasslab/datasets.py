"""Public data beside the models: evaluation sequences, and what models of other seeds are like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save

from glasslab.models import public_folder
from glasslab.tasks.base import Labels, Tokens

EVALUATION_FILE = "evaluation.safetensors"
SEEDS_FILE = "seeds.json"


class Evaluation(NamedTuple):
    """Sequences and the right outputs, both ``[batch position]``, int64.

    A position without a right output has the label `glasslab.tasks.base.UNSCORED`.
    """

    tokens: Tokens
    labels: Labels


class SeedFindings(NamedTuple):
    """What was measured of one model of a family; none of these models is a hidden one."""

    seed: int | None
    """The seed it was trained from; None for the model that was published with the task."""
    recipe: str
    """``full``, ``short`` or ``published``."""
    findings: dict[str, Any]
    """By the names of ``findings.json``; of the published model only what its weights alone say."""


def load_public_evaluation(name: str = "cumsum") -> Evaluation:
    """Load the public evaluation sequences of a task; its datasheet lies beside the file.

    Raises:
        ValueError: there is nothing public of that name.
        FileNotFoundError: the model is there, the sequences aren't.
    """
    return load_evaluation(public_folder(name))


def load_public_seeds(name: str = "sorted_list") -> list[SeedFindings]:
    """Load what models of a public model's family were measured to be like; the card says how.

    Raises:
        ValueError: there is nothing public of that name.
        FileNotFoundError: the model is there, but no others were measured.
    """
    path = public_folder(name) / SEEDS_FILE
    if not path.is_file():
        raise FileNotFoundError(f"No findings of other seeds at {path}.")
    return [SeedFindings(**row) for row in json.loads(path.read_text())]


def load_evaluation(folder: Path) -> Evaluation:
    """Load evaluation sequences from the folder that `save_evaluation` wrote to.

    Raises:
        FileNotFoundError: they aren't there.
    """
    path = folder / EVALUATION_FILE
    if not path.is_file():
        raise FileNotFoundError(f"No evaluation sequences at {path}; run data/regenerate.py.")
    stored = load_file(path)
    return Evaluation(stored["tokens"].long(), stored["labels"].long())


def save_evaluation(evaluation: Evaluation, folder: Path) -> None:
    """Write evaluation sequences into a folder, one byte a token or label."""
    tensors = {name: _in_bytes(part) for name, part in evaluation._asdict().items()}
    (folder / EVALUATION_FILE).write_bytes(save(tensors))


def _in_bytes(part: Tokens | Labels) -> torch.Tensor:
    return part.to(torch.int8 if bool((part < 0).any()) else torch.uint8)

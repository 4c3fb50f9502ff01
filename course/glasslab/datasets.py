"""The public evaluation sequences: the same ones for everybody, to compare numbers on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file, save

from glasslab.models import public_folder
from glasslab.tasks.base import Labels, Tokens

EVALUATION_FILE = "evaluation.safetensors"


class Evaluation(NamedTuple):
    """Sequences and the right outputs, both ``[batch position]``, int64.

    A position without a right output has the label `glasslab.tasks.base.UNSCORED`.
    """

    tokens: Tokens
    labels: Labels


def load_public_evaluation(name: str = "cumsum") -> Evaluation:
    """Load the public evaluation sequences of a task; its datasheet lies beside the file.

    Raises:
        ValueError: there is nothing public of that name.
        FileNotFoundError: the model is there, the sequences aren't.
    """
    return load_evaluation(public_folder(name))


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

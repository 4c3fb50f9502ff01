"""``grader findings``: measure what is known of a task's model on any checkpoint."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformer_lens.model_bridge import TransformerBridge

    from glasslab.tasks import Task

MAX_WORDS = 300
"""Characters of an error that are shown; PyTorch lists every tensor that doesn't fit."""
LEGACY_SUFFIXES = (".pt", ".pth")
OWN_OPTIONS = {"wrapped_embedding": "cumsum", "centred": "cumsum"}
"""Options that mean something for the models of one task only."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add ``findings``."""
    parser = subparsers.add_parser("findings", help="measure the known findings on a checkpoint")
    parser.add_argument("task", help="what the model was trained on, as cumsum or sorted_list")
    parser.add_argument(
        "checkpoint",
        type=Path,
        help="a model folder, its .safetensors file, or a HookedTransformer state dict (.pt, .pth)",
    )
    parser.add_argument(
        "--wrapped-embedding",
        action="store_true",
        help="cumsum only: the embedding's rows stand for 0..5, −5..−1, as in the original file",
    )
    parser.add_argument(
        "--centred",
        action="store_true",
        help="cumsum only: measure a copy with centred writing weights, as was published",
    )
    parser.add_argument(
        "--sequences", type=int, default=1_000, metavar="N", help="how many to draw (%(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of the sequences (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure a checkpoint and print what was found."""
    from glasslab.tasks import get_task
    from grader.errors import GraderError

    if args.sequences < 2:
        raise GraderError(f"--sequences must be at least 2, got {args.sequences}.")
    own = {name: True for name in OWN_OPTIONS if getattr(args, name)}
    try:
        task = get_task(args.task)
        _refuse_options_of_others(own, task)
        model = _load(args.checkpoint, task, own.pop("wrapped_embedding", False))
        found = _measure_of(task)(model, n_sequences=args.sequences, seed=args.seed, **own)
    except (FileNotFoundError, ValueError) as error:
        words = " ".join(str(error).split())
        raise GraderError(words[:MAX_WORDS]) from error
    print(json.dumps(found, indent=2) if args.json else _table(found))
    return 0


def _refuse_options_of_others(own: dict[str, bool], task: Task) -> None:
    for name in own:
        if OWN_OPTIONS[name] != task.name:
            option = "--" + name.replace("_", "-")
            raise ValueError(f"{option} is for {OWN_OPTIONS[name]} models, not for {task.name}.")


def _measure_of(task: Task) -> Callable[..., dict[str, Any]]:
    """Return ``measure`` of the task's own module of findings.

    Raises:
        ValueError: the task has no such module.
    """
    name = f"grader.findings.{task.name}"
    try:
        return import_module(name).measure
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ValueError(
            f"Nothing is known of {task.name} models yet: {name} is missing."
        ) from None


def _load(path: Path, task: Task, wrapped_embedding: bool) -> TransformerBridge:
    from glasslab.models import load_legacy, load_model
    from grader.errors import GraderError

    if path.suffix in LEGACY_SUFFIXES:
        try:
            return load_legacy(path, task.config, wrapped_embedding=wrapped_embedding)
        except ValueError as error:
            # PyTorch's own words advise loading without weights_only, which runs what is inside.
            raise GraderError(
                f"{path} is not a HookedTransformer state dict of a {task.name} model: its "
                "tensors' names or shapes don't fit, or it holds more than tensors."
            ) from error
    if wrapped_embedding:
        raise GraderError("--wrapped-embedding is for .pt and .pth files: only these were wrapped.")
    return load_model(path)


def _table(found: dict[str, Any]) -> str:
    width = max(map(len, found))
    return "\n".join(f"{name:<{width}}  {_in_words(value)}" for name, value in found.items())


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name}: {_in_words(part)}" for name, part in value.items())
    if isinstance(value, list):
        between = " | " if any(isinstance(part, list) for part in value) else "  "
        return between.join(map(_in_words, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)

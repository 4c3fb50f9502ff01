"""``grader findings``: measure what is known of a task's model on any checkpoint."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

MAX_WORDS = 300
"""Characters of an error that are shown; PyTorch lists every tensor that doesn't fit."""
LEGACY_SUFFIXES = (".pt", ".pth")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add ``findings``."""
    parser = subparsers.add_parser("findings", help="measure the known findings on a checkpoint")
    parser.add_argument("task", choices=("cumsum",), help="the task that the model was trained on")
    parser.add_argument(
        "checkpoint",
        type=Path,
        help="a model folder, its .safetensors file, or a HookedTransformer state dict (.pt, .pth)",
    )
    parser.add_argument(
        "--wrapped-embedding",
        action="store_true",
        help="the checkpoint's embedding rows stand for 0..5, −5..−1, as in the original file",
    )
    parser.add_argument(
        "--centred",
        action="store_true",
        help="measure a copy with centred writing weights, as the published numbers were",
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
    from grader.errors import GraderError
    from grader.findings.cumsum import measure

    if args.sequences < 2:
        raise GraderError(f"--sequences must be at least 2, got {args.sequences}.")
    try:
        model = _load(args.checkpoint, args.wrapped_embedding)
        found = measure(model, n_sequences=args.sequences, seed=args.seed, centred=args.centred)
    except (FileNotFoundError, ValueError) as error:
        words = " ".join(str(error).split())
        raise GraderError(words[:MAX_WORDS]) from error
    print(json.dumps(found, indent=2) if args.json else _table(found))
    return 0


def _load(path: Path, wrapped_embedding: bool) -> Any:
    from glasslab.models import load_legacy, load_model
    from glasslab.tasks.cumsum import CUMSUM
    from grader.errors import GraderError

    if path.suffix in LEGACY_SUFFIXES:
        try:
            return load_legacy(path, CUMSUM.config, wrapped_embedding=wrapped_embedding)
        except ValueError as error:
            # PyTorch's own words advise loading without weights_only, which runs what is inside.
            raise GraderError(
                f"{path} is not a HookedTransformer state dict of a {CUMSUM.name} model: its "
                "tensors' names or shapes don't fit, or it holds more than tensors."
            ) from error
    if wrapped_embedding:
        raise GraderError("--wrapped-embedding is for .pt and .pth files: only these were wrapped.")
    return load_model(path)


def _table(found: dict[str, Any]) -> str:
    width = max(map(len, found))
    return "\n".join(f"{name:<{width}}  {_in_words(value)}" for name, value in found.items())


def _in_words(value: Any) -> str:
    if isinstance(value, list):
        return "  ".join(map(_in_words, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)

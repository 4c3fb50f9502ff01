"""Makes everything public in data/ anew, or verifies it: models, findings, cards, sequences.

``python data/regenerate.py``                     train, measure and write (six to twenty minutes)
``python data/regenerate.py --measure``           measure the stored weights and write (seconds)
``python data/regenerate.py --verify``            measure the stored weights and compare (seconds)
``python data/regenerate.py --verify --retrain``  also train again and compare the bits

Names of folders after it, as in ``python data/regenerate.py cumsum_long``, limit it to these.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from transformer_lens.model_bridge import TransformerBridge

from glasslab.datasets import Evaluation, load_evaluation, save_evaluation
from glasslab.models import load_model, save_model, to_bytes
from glasslab.tasks import SORTED_LIST, Recipe, Task
from glasslab.tasks.cumsum import CUMSUM, LONG_CUMSUM
from glasslab.training import seeded_generator, train, train_many
from grader.findings import cumsum, sorted_list
from grader.reference.cumsum.measuring import random_errors

DATA = Path(__file__).resolve().parent
CARD_START, CARD_END = "<!-- measured: start -->", "<!-- measured: end -->"

EVALUATION_SEQUENCES = 1_000
# A finding holds if it is this near, absolutely or relative to its size: room for another
# processor's rounding, far less than any difference that would change a sentence of the course.
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Published:
    """One published model: its folder in data/, its recipe, and how it is measured."""

    name: str
    task: Task
    recipe: Recipe
    measure: Callable[[TransformerBridge], dict[str, Any]]
    has_evaluation: bool = False
    by_the_bridge: bool = False
    """Whether it is trained by the model's own forward pass, not by the quick way."""
    seed: int = 2023
    """The first that was tried; where it is another, the card says why."""

    def train(self) -> TransformerBridge:
        """Train it from its seed."""
        if self.by_the_bridge:
            return train(self.task, self.recipe, seed=self.seed).model
        return train_many(self.task, self.recipe, seeds=[self.seed])[0].model

    def draw_evaluation(self) -> Evaluation:
        """Draw the public sequences, independent of those that the model was trained on."""
        generator = seeded_generator(self.seed, "evaluation data")
        tokens = self.task.sample(EVALUATION_SEQUENCES, generator)
        return Evaluation(tokens, self.task.label(tokens))


def measure_long(model: TransformerBridge) -> dict[str, Any]:
    """Measure a model for which testing is not enough; say what testing finds too."""
    found = cumsum.measure(model, task=LONG_CUMSUM)
    return {**found, "random_errors": random_errors(model, LONG_CUMSUM)}


NO_DECAY = replace(CUMSUM.recipe, weight_decay=0.0)
PUBLISHED = (
    Published("cumsum", CUMSUM, CUMSUM.recipe, cumsum.measure, True, by_the_bridge=True),
    Published("cumsum_no_decay", CUMSUM, NO_DECAY, cumsum.measure, by_the_bridge=True),
    Published("cumsum_long", LONG_CUMSUM, LONG_CUMSUM.recipe, measure_long),
    Published("sorted_list", SORTED_LIST, SORTED_LIST.recipe, sorted_list.measure, True, seed=2024),
)
# Many sequences are equally bad but for rounding: its margin is compared, not which of them it is.
NOT_COMPARED = {"witness"}


def main() -> int:
    """Regenerate or verify; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--verify", action="store_true", help="compare, and write nothing")
    parser.add_argument(
        "--measure", action="store_true", help="measure the stored weights, and don't train"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="the folders (default: all)")
    parser.add_argument(
        "--retrain", action="store_true", help="with --verify: train again and compare the bits"
    )
    args = parser.parse_args()
    if args.retrain and not args.verify:
        parser.error("--retrain goes with --verify; regenerating always trains")
    known = {published.name: published for published in PUBLISHED}
    if unknown := set(args.names) - set(known):
        parser.error(f"nothing is published as {', '.join(sorted(unknown))}")
    status = 0
    for published in map(known.__getitem__, args.names or known):
        folder = DATA / published.name
        if not args.verify:
            regenerate(published, folder, retrain=not args.measure)
            continue
        problems = list(verify(published, folder, retrain=args.retrain))
        for problem in problems:
            print(f"{published.name}: {problem}", file=sys.stderr)
        print(f"{'differs' if problems else 'verified'}: {published.name}")
        status = max(status, bool(problems))
    return status


def regenerate(published: Published, folder: Path, *, retrain: bool) -> None:
    """Train a model, draw its sequences, measure, and write all files of its folder but prose."""
    model = published.train() if retrain else load_model(folder)
    if retrain:
        save_model(model, folder)
    if published.has_evaluation:
        save_evaluation(published.draw_evaluation(), folder)
    findings = published.measure(model)
    (folder / "findings.json").write_text(json.dumps(findings, indent=2) + "\n")
    card = folder / "README.md"
    card.write_text(with_measurements(card.read_text(), findings))
    print(f"wrote {published.name}")


def verify(published: Published, folder: Path, *, retrain: bool) -> Iterator[str]:
    """Yield one sentence for each way in which a folder isn't what this script would write."""
    model = load_model(folder)
    stored = json.loads((folder / "findings.json").read_text())
    yield from differences(stored, published.measure(model), "findings")
    card = (folder / "README.md").read_text()
    if card != with_measurements(card, stored):
        yield "README.md: the table isn't the one of findings.json."
    if published.has_evaluation:
        for name, there, drawn in zip(
            Evaluation._fields,
            load_evaluation(folder),
            published.draw_evaluation(),
            strict=True,
        ):
            if not there.equal(drawn):
                yield f"evaluation {name}: not the ones that the public seed draws."
    if retrain and not same_bits(model, published.train()):
        yield "weights: retraining gives other bits (expected on another machine or torch version)."


def differences(stored: Any, measured: Any, where: str) -> Iterator[str]:
    """Yield one sentence for each finding that isn't within the tolerance of what is stored."""
    if isinstance(stored, dict) and isinstance(measured, dict):
        for key in sorted((stored.keys() | measured.keys()) - NOT_COMPARED):
            yield from differences(stored.get(key), measured.get(key), f"{where}.{key}")
    elif isinstance(stored, list) and isinstance(measured, list) and len(stored) == len(measured):
        for index, pair in enumerate(zip(stored, measured)):
            yield from differences(*pair, f"{where}[{index}]")
    elif isinstance(stored, float) and isinstance(measured, float):
        if not math.isclose(stored, measured, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            yield f"{where}: stored {stored:.6g}, measured {measured:.6g}."
    elif stored != measured:
        yield f"{where}: stored {stored!r}, measured {measured!r}."


def same_bits(one: TransformerBridge, other: TransformerBridge) -> bool:
    """Return whether two models have the same weights, bit for bit."""
    return to_bytes(one) == to_bytes(other)


def with_measurements(card: str, findings: dict[str, Any]) -> str:
    """Return the model card with the findings in its table."""
    before, rest = card.split(CARD_START)
    after = rest.split(CARD_END)[1]
    rows = [f"| `{name}` | {_written(value)} |" for name, value in findings.items()]
    table = "\n".join(["| finding | measured |", "|---|---|", *rows])
    return f"{before}{CARD_START}\n{table}\n{CARD_END}{after}"


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_written(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(
            f"[{_written(part)}]" if isinstance(part, list) else _written(part) for part in value
        )
    return f"{value:.6g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())

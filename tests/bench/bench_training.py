"""Shows what training several seeds at once gains: ``python tests/bench/bench_training.py``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

from glasslab.tasks.cumsum import CUMSUM
from glasslab.training import train, train_many

SEEDS = (1, 2, 3, 4, 5)


def seconds(work: Callable[[], object]) -> float:
    """Return the wall-clock seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Time both ways in turns, several rounds, and print seconds and ratio side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=20_000, help="training sequences a model")
    parser.add_argument("--epochs", type=int, default=2, help="epochs a model")
    parser.add_argument("--rounds", type=int, default=3, help="how often to time each way")
    args = parser.parse_args()
    recipe = replace(
        CUMSUM.recipe, epochs=args.epochs, train_size=args.sequences, validation_size=1_000
    )

    def one_after_the_other() -> None:
        for seed in SEEDS:
            train(CUMSUM, recipe, seed=seed, progress=False)

    def at_once() -> None:
        train_many(CUMSUM, recipe, seeds=SEEDS, progress=False)

    print(f"{len(SEEDS)} models, {args.epochs} epochs of {args.sequences} sequences")
    print(f"{'round':>5} {'one after the other':>20} {'at once':>10} {'ratio':>7}")
    for number in range(1, args.rounds + 1):
        alone, together = seconds(one_after_the_other), seconds(at_once)
        print(f"{number:>5} {alone:>18.1f} s {together:>8.1f} s {alone / together:>6.2f}×")


if __name__ == "__main__":
    main()

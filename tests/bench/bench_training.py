"""Shows what training several seeds at once gains: ``python tests/bench/bench_training.py``.

Where other programs use the cores, only the ratio of CPU seconds is left of the gain: the cheaper
forward pass. On a machine of one's own, the cores shared by the seeds multiply it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

from glasslab.tasks.cumsum import CUMSUM
from glasslab.training import train, train_many

SEEDS = (1, 2, 3, 4, 5)


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that some work takes: by the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


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

    print(f"{len(SEEDS)} models, {args.epochs} epochs of {args.sequences} sequences; seconds")
    print("by the clock (CPU): one after the other, at once, ratio")
    for number in range(1, args.rounds + 1):
        alone, together = seconds(one_after_the_other), seconds(at_once)
        ratio = [first / second for first, second in zip(alone, together)]
        print(
            f"round {number}: {alone[0]:6.1f} ({alone[1]:5.1f})   "
            f"{together[0]:6.1f} ({together[1]:5.1f})   {ratio[0]:.2f}× ({ratio[1]:.2f}×)"
        )


if __name__ == "__main__":
    main()

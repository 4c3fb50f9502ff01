"""Shows what training several seeds at once gains: ``python tests/bench/bench_training.py``.

Before: the bridge's own forward pass at all positions, one seed after the other (`train`). After:
the lean forward pass, several seeds at once (`train_many`). In turns, for each task.

Where other programs use the cores, only the ratio of CPU seconds is left of the gain: the cheaper
forward pass. On a machine of one's own, the cores shared by the seeds multiply it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

from glasslab.tasks import CUMSUM, SORTED_LIST, Task
from glasslab.training import train, train_many

# A step of the sorting model costs some six times one of the other: fewer of them tell as much.
SEEDS = {"cumsum": (1, 2, 3, 4, 5), "sorted_list": (1, 2)}
SEQUENCES = {"cumsum": 20_000, "sorted_list": 10_000}


def main() -> None:
    """Time both ways in turns, several rounds, and print seconds and ratio side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=2, help="epochs a model (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often to time (%(default)s)")
    args = parser.parse_args()
    for task in (CUMSUM, SORTED_LIST):
        compare(task, args.epochs, args.rounds)


def compare(task: Task, epochs: int, rounds: int) -> None:
    """Print seconds and ratios of one task."""
    seeds, sequences = SEEDS[task.name], SEQUENCES[task.name]
    recipe = replace(task.recipe, epochs=epochs, train_size=sequences, validation_size=1_000)

    def before() -> None:
        for seed in seeds:
            train(task, recipe, seed=seed, progress=False)

    def after() -> None:
        train_many(task, recipe, seeds=seeds, progress=False)

    print(f"{task.name}: {len(seeds)} models, {epochs} epochs of {sequences:,} sequences")
    print("seconds by the clock (CPU):  before           after            ratio")
    for number in range(1, rounds + 1):
        plain, lean = seconds(before), seconds(after)
        clock, processor = (one / other for one, other in zip(plain, lean))
        print(
            f"round {number}:                  {plain[0]:6.1f} ({plain[1]:6.1f})  "
            f"{lean[0]:6.1f} ({lean[1]:6.1f})  {clock:.2f}× ({processor:.2f}×)",
            flush=True,
        )


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that some work takes: by the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


if __name__ == "__main__":
    main()

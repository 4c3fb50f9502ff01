"""Several hidden suites from public seeds: does a right method pass on every one of them?

Tolerances are set from models that were seen. What an instructor's own secret seed brings was not,
so every variant is tried on suites of several seeds, and the seeds on which it fails are counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from grader.course import Course
from grader.reference import load_suite, train_suite
from grader.secret import Secret
from grader.verify import Row, rehearse_unit


def train_calibration_suites(folder: Path, count: int, *, progress: bool = True) -> list[Path]:
    """Train suites of the first seeds into a folder, or go on where an earlier call stopped.

    Args:
        folder: Where they are kept; training takes minutes a suite.
        count: How many.
        progress: Whether to say what is done.

    Returns:
        The suites' folders.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folders = [folder / f"seed-{number}" for number in range(1, count + 1)]
    for number, suite in enumerate(folders, start=1):
        if progress:
            print(f"calibration suite {number} of {count}")
        secret = Secret(hashlib.sha256(f"calibration seed {number}".encode()).digest())
        train_suite(suite, secret, "cumsum", progress)
    return folders


def rehearse(
    course: Course, units: Sequence[str], suites: Sequence[Path], *, workers: int
) -> Iterator[list[tuple[Row, ...]]]:
    """Try all variants of units on all suites, a unit to a process; yield as they are done.

    Args:
        course: Whose solutions and variants.
        units: Their names.
        suites: Folders of hidden suites.
        workers: Processes at a time.

    Yields:
        For each unit, in order, a tuple of rows for each variant: one a suite.
    """
    # Spawned, not forked: a forked child would inherit torch's threads in an unknown state.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        tasks = [pool.submit(_rehearse_one, course, unit, list(suites)) for unit in units]
        for task in tasks:
            yield task.result()


def _rehearse_one(course: Course, unit: str, suites: list[Path]) -> list[tuple[Row, ...]]:
    import torch

    torch.set_num_threads(1)
    return list(rehearse_unit(course, unit, [load_suite(folder) for folder in suites]))

"""Several hidden suites from public seeds: does a right method pass on every one of them?

Tolerances are set from models that were seen. What an instructor's own secret seed brings was not,
so every variant is tried on suites of several seeds, and the seeds on which it fails are counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from grader.course import Course
from grader.reference import load_suite, train_suite
from grader.release import source_unit
from grader.secret import Secret
from grader.tasks import suite_folder
from grader.verify import Row, rehearse_unit


def train_calibration_suites(
    folder: Path, count: int, task: str, *, progress: bool = True
) -> list[Path]:
    """Train suites of the first seeds into a folder, or go on where an earlier call stopped.

    Args:
        folder: Where they are kept; training takes minutes a suite.
        count: How many.
        task: What their models do.
        progress: Whether to say what is done.

    Returns:
        The suites' folders.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folders = [folder / suite_folder(task, f"seed-{number}") for number in range(1, count + 1)]
    for number, suite in enumerate(folders, start=1):
        if progress:
            print(f"calibration suite {number} of {count} ({task})")
        secret = Secret(hashlib.sha256(f"calibration seed {number}".encode()).digest())
        train_suite(suite, secret, task, progress=progress)
    return folders


def rehearse(
    course: Course, units: Sequence[str], suites: Mapping[str, Sequence[Path]], *, workers: int
) -> Iterator[list[tuple[Row, ...]]]:
    """Try all variants of units on all suites of their tasks, a unit to a process.

    Args:
        course: Whose solutions and variants.
        units: Their names.
        suites: Folders of hidden suites, by task.
        workers: Processes at a time.

    Yields:
        For each unit, in order, a tuple of rows for each variant: one a suite.
    """
    # Spawned, not forked: a forked child would inherit torch's threads in an unknown state.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        tried = [pool.submit(_rehearse_one, course, unit, dict(suites)) for unit in units]
        for one in tried:
            yield one.result()


def _rehearse_one(
    course: Course, unit: str, suites: dict[str, Sequence[Path]]
) -> list[tuple[Row, ...]]:
    import torch

    torch.set_num_threads(1)
    task = source_unit(course, unit).task
    return list(rehearse_unit(course, unit, [load_suite(folder, task) for folder in suites[task]]))

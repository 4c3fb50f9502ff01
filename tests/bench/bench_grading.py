"""Times grading, ours beside nbgrader's own engine: ``python tests/bench/bench_grading.py``.

One class hands in the same notebooks to each way of grading, in one run, on this machine:

* nbgrader: ``nbgrader autograde`` with its own engine and the hidden tests of the solutions,
  which look at the same hidden models as our probes do;
* ours, cold (a new sandbox a submission) and warm (kernels forked from a zygote), walls up, with
  one worker and with two;
* the floor: the learners' cells alone, one notebook after the other in one process that has
  imported everything, without walls, kernels or questions.

Asked for, it prints more: where one submission's time goes (``--profile``), what each further
kernel costs in memory (``--kernels``), how time grows with the class (``--growth``), and what our
own bookkeeping costs when examining costs nothing (``--simulated``).

It needs a trained hidden suite (``grader reference train``), given by ``--suite``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from processes import Watch, descendants, processor_seconds, proportional

ROOT = Path(__file__).resolve().parents[2]
HONEST = ("ada-solves-all", "ben-differently", "eve-half-done", "fay-in-colab")
"""Who of the sample class does honest work; attackers and crashes would measure our time limits."""

PLAIN_CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "bench"
c.ExecutePreprocessor.timeout = 600
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("Your code here")'}
"""
FLOOR = """\
import json, sys, time
from pathlib import Path

import matplotlib
matplotlib.use("module://matplotlib_inline.backend_inline")
import circuitsvis, glasslab.models, matplotlib.pyplot, nbformat, torch, transformer_lens
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

torch.set_num_threads(1)
glasslab.models.load_public("cumsum")
seconds = []
for path in sys.argv[1:]:
    shell = InteractiveShell()
    cells = [c.source for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    begun = time.perf_counter()
    with capture_output():
        for cell in cells:
            shell.run_cell(cell)
    seconds.append(time.perf_counter() - begun)
    InteractiveShell.clear_instance()
print(json.dumps(seconds))
"""


ASKED = """\
import json, sys, time
from pathlib import Path

import matplotlib
matplotlib.use("module://matplotlib_inline.backend_inline")
import nbformat, torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from grader.examiner import PROBES, _encoded_questions
from grader.reference import load_suite
from grader.release import source_unit
from grader.course import Course
from grader.sandbox import inside

torch.set_num_threads(1)
unit = source_unit(Course.default(), sys.argv[1])
suite = load_suite(Path(sys.argv[2]))
questions = {
    cell: _encoded_questions(PROBES[cell.check], suite) for cell in unit.auto_graded
}
shell = InteractiveShell()
with capture_output():
    for cell in nbformat.read(sys.argv[3], 4).cells:
        if cell.cell_type == "code":
            shell.run_cell(cell.source)
times, count = [], 0
for _ in range(3):
    begun = time.process_time()
    for cell, all_of_it in questions.items():
        inside.keep(cell.grade_id, cell.check)
        for question in all_of_it:
            inside._known.update(question.models)
            inside.answer(cell.grade_id, question.text)
    times.append(time.process_time() - begun)
print(json.dumps([sum(map(len, questions.values())), min(times)]))
"""


def submissions(root: Path, suite: Path, unit: str, count: int, only: Sequence[str]) -> Path:
    """Release a unit into a fresh classroom and hand in ``count`` notebooks; return its folder."""
    from grader.course import Course
    from grader.reference.store import read_manifest
    from grader.release import release_unit
    from grader.sample_class import sample_class
    from grader.workspace import Workspace

    course = Course(ROOT, root / "course", Workspace(root))
    root.mkdir(parents=True, mode=0o700)
    course.release.mkdir()
    course.workspace.suite_for(read_manifest(suite).task).symlink_to(suite.resolve())
    notebooks = sample_class(course, unit, release_unit(course, unit))
    for number in range(count):
        name = only[number % len(only)]
        path = root / "submitted" / f"{name}-{number:05d}" / unit / f"{unit}.ipynb"
        path.parent.mkdir(parents=True)
        # One byte more a learner: the same file twice would be the same work twice.
        path.write_bytes(notebooks[name] + b" " * number)
    return root


@contextmanager
def copy_of(classroom: Path) -> Iterator[Path]:
    """A classroom as it was before anything was graded."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "classroom"
        shutil.copytree(classroom, copy, symlinks=True)
        yield copy


def time_ours(
    classroom: Path, unit: str, isolation: str, workers: int
) -> tuple[float, Watch, dict[str, float]]:
    """Return seconds by the clock, what was watched, and everyone's points."""
    with copy_of(classroom) as folder, Watch(folder / "journal" / f"{unit}.jsonl") as watch:
        begun = time.perf_counter()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "grader", "grade", unit, "--json"),
                *("--workers", str(workers), "--isolation", isolation),
            ],
            cwd=ROOT,
            env=os.environ | {"GLASSLAB_CLASSROOM": str(folder)},
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"grading failed: {done.stderr.strip()}")
    graded = json.loads(done.stdout)
    points = {name: one["points"] for name, one in graded["learners"].items()}
    return seconds, watch, points


def time_nbgrader(classroom: Path, suite: Path, unit: str) -> float:
    """Return the seconds that nbgrader takes with its own engine, hidden tests included."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "nbgrader_config.py").write_text(PLAIN_CONFIG)
        source = root / "source" / unit
        source.mkdir(parents=True)
        shutil.copy(ROOT / "solutions" / unit / f"{unit}.ipynb", source)
        nbgrader(root, suite, "generate_assignment", unit)
        shutil.copytree(classroom / "submitted", root / "submitted")
        begun = time.perf_counter()
        nbgrader(root, suite, "autograde", unit)
        seconds = time.perf_counter() - begun
        graded = len(list((root / "autograded").glob(f"*/{unit}/{unit}.ipynb")))
        if graded != len(list((root / "submitted").iterdir())):
            raise SystemExit(f"nbgrader graded only {graded} submissions")
        return seconds


def nbgrader(root: Path, suite: Path, *words: str) -> None:
    """Run one of nbgrader's commands in a plain course of its own."""
    from grader.reference.store import read_manifest
    from grader.tasks import suite_variable

    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=root,
        env=os.environ
        | {
            suite_variable(read_manifest(suite).task): str(suite.resolve()),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"nbgrader {words[0]} failed: {done.stderr[-2000:]}")


def time_floor(classroom: Path, unit: str) -> float:
    """Return the seconds of the learners' cells alone, in one warm process without walls."""
    paths = sorted(map(str, classroom.glob(f"submitted/*/{unit}/{unit}.ipynb")))
    done = subprocess.run(
        [sys.executable, "-c", FLOOR, *paths],
        cwd=ROOT / "course" / unit,
        env=os.environ | {"GLASSLAB_GUESSES": "/dev/null"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"the floor failed: {done.stderr[-2000:]}")
    return sum(json.loads(done.stdout.strip().splitlines()[-1]))


def show_profile(classroom: Path, suite_folder: Path, unit_name: str) -> None:
    """Print where one submission's time goes: seconds of a core, inside the walls and in ours."""
    import torch

    from grader import examiner
    from grader.course import Course
    from grader.pictures import pictures_of
    from grader.reference import load_suite
    from grader.release import source_unit
    from grader.sandbox import Limits, Walls, zygote_for

    torch.set_num_threads(1)
    course = Course.default()
    unit, suite = source_unit(course, unit_name), load_suite(suite_folder)
    examiner.prepare(unit, suite)
    path = sorted(classroom.glob(f"submitted/*/{unit_name}/{unit_name}.ipynb"))[0]
    spent: dict[str, list[tuple[float, float, float]]] = {}

    def timed(name: str, function: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            begun = (time.perf_counter(), processor_seconds(), time.process_time())
            result = function(*args, **more)
            ended = (time.perf_counter(), processor_seconds(), time.process_time())
            spent.setdefault(name, []).append(tuple(b - a for a, b in zip(begun, ended)))  # pyright: ignore[reportArgumentType]
            return result

        return call

    stages = {
        "start a kernel": (examiner.Sandbox, "_start"),
        "hang pictures": (examiner.Sandbox, "hang"),
        "run the cells": (examiner._Examination, "run_cells"),
        "ask and judge": (examiner._Examination, "ask_probes"),
    }
    with zygote_for("warm") as zygote:
        import nbformat

        solution = nbformat.read(course.source_of(unit_name), as_version=4)
        pictures = pictures_of(solution, Limits(), Walls(), zygote)
        for name, (owner, method) in stages.items():
            setattr(owner, method, timed(name, getattr(owner, method)))
        whole = timed("in all", examiner.examine)
        for _ in range(5):
            whole(path.read_bytes(), unit, suite, zygote=zygote, pictures=pictures)
    done = subprocess.run(
        [sys.executable, "-c", ASKED, unit_name, str(suite_folder), str(path)],
        cwd=ROOT / "course" / unit_name,
        env=os.environ | {"GLASSLAB_GUESSES": "/dev/null"},
        capture_output=True,
        text=True,
        check=True,
    )
    count, seconds = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"\nOne submission of {path.parent.parent.name}: median of five, seconds")
    print(f"  {'':16} {'by the clock':>12} {'inside':>8} {'in ours':>8}")
    for name, rows in spent.items():
        clock, inside, ours = (sorted(column)[len(rows) // 2] for column in zip(*rows))
        # The kernel has ended when all is done: what it used is no longer counted.
        inner = f"{inside:8.2f}" if name != "in all" else f"{'':8}"
        print(f"  {name:16} {clock:12.2f} {inner} {ours:8.2f}")
    print(f"  of which the answers to {count} questions and their models alone: {seconds:.2f}")


def show_kernels(classroom: Path, unit_name: str, most: int) -> None:
    """Print the proportional memory of each further kernel that has run a submission's cells."""
    import nbformat

    from grader.sandbox import Sandbox, zygote_for

    path = sorted(classroom.glob(f"submitted/*/{unit_name}/{unit_name}.ipynb"))[0]
    cells = [c.source for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    print("\nKernels at a time; MiB (proportional) that each further one takes: new, its cells run")
    with zygote_for("warm") as zygote, ExitStack() as stack:
        before = sum(map(proportional, descendants(os.getpid())[1:]))
        for number in range(1, most + 1):
            box = stack.enter_context(Sandbox(zygote=zygote))
            new = sum(map(proportional, descendants(os.getpid())[1:]))
            for cell in cells:
                box.run_cell(cell)
            run = sum(map(proportional, descendants(os.getpid())[1:]))
            each = [(now - before) / 2**20 for now in (new, run)]
            print(f"  {number:3} {each[0]:8.1f} {each[1]:8.1f}", flush=True)
            before = run


def show_growth(root: Path, suite: Path, unit: str, sizes: Sequence[int]) -> None:
    """Print how the time of our warm mode with two workers grows with the class."""
    print("\nOurs, warm, two workers: submissions, seconds in all, each, and to the first result")
    for size in sizes:
        classroom = submissions(root / f"growth-{size}", suite, unit, size, HONEST)
        seconds, watch, _ = time_ours(classroom, unit, "warm", 2)
        first = f"{watch.first:8.1f}" if watch.first else ""
        print(f"  {size:6} {seconds:9.1f} {seconds / size:8.3f} {first}", flush=True)
        shutil.rmtree(classroom)


def show_simulated(root: Path, count: int) -> None:
    """Print what reading, journal and gradebook cost for tiny notebooks that are judged at once."""
    sys.path.insert(0, str(ROOT / "tests"))
    from unittest import mock

    import tiny_class

    from grader import engine, grading

    course = tiny_class.tiny_course(root / "simulated")
    answers = {f"learner-{n:05d}": f"{tiny_class.RIGHT}  # {n}" for n in range(count)}
    tiny_class.hand_in(course, answers)
    with (
        mock.patch.object(
            engine, "examine", lambda content, unit, *_, **__: tiny_class.fake_report(content, unit)
        ),
        mock.patch.object(grading, "suite_for", lambda *_: tiny_class.SUITE),
    ):
        begun = time.perf_counter()
        graded = grading.grade_unit(course, tiny_class.UNIT, workers=2, progress=False)
        seconds = time.perf_counter() - begun
    if len(graded) != count:
        raise SystemExit(f"only {len(graded)} of {count} were graded")
    print(
        f"\n{count} tiny submissions, judged at once: {seconds:.1f} s, {seconds / count:.4f} each"
    )


def main() -> None:
    """Time every way on the same class and print seconds a submission, ratios and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", type=Path, required=True, help="folder of a hidden suite")
    parser.add_argument("--unit", default="03_attention")
    parser.add_argument("--submissions", type=int, default=12)
    parser.add_argument("--only", nargs="*", default=HONEST, help="which of the sample class")
    parser.add_argument(
        "--nbgrader", type=int, metavar="N", help="let nbgrader grade only the first N of them"
    )
    parser.add_argument("--no-cold", action="store_true", help="leave out our cold mode")
    parser.add_argument("--profile", action="store_true", help="where a submission's time goes")
    parser.add_argument("--kernels", type=int, metavar="N", help="memory of N kernels at a time")
    parser.add_argument("--growth", type=int, nargs="*", metavar="N", help="classes of N")
    parser.add_argument("--simulated", type=int, metavar="N", help="N tiny ones, judged at once")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    count = args.submissions
    peers = min(args.nbgrader or count, count)

    with tempfile.TemporaryDirectory() as folder:
        classroom = submissions(Path(folder) / "all", args.suite, args.unit, count, args.only)
        first = submissions(Path(folder) / "some", args.suite, args.unit, peers, args.only)
        print(f"{args.unit}: {count} submissions; seconds a submission, and times as fast")
        floor = time_floor(classroom, args.unit) / count
        peer = time_nbgrader(first, args.suite, args.unit) / peers
        print(f"  nbgrader's own engine ({peers})  {peer:8.3f}     1.0×", flush=True)
        points: dict[str, float] | None = None
        for isolation in ("warm",) if args.no_cold else ("cold", "warm"):
            for workers in (1, 2):
                seconds, watch, found = time_ours(classroom, args.unit, isolation, workers)
                if points is not None and found != points:
                    raise SystemExit("two ways of grading gave different points")
                points = found
                each = seconds / count
                print(
                    f"  ours, {isolation}, {workers} worker(s)       {each:8.3f} "
                    f"{peer / each:7.1f}×   {watch.peak / 2**20:6.0f} MiB at most, "
                    f"first result after {watch.first or seconds:.1f} s",
                    flush=True,
                )
        print(f"  the floor: cells alone       {floor:8.3f} {peer / floor:7.1f}×", flush=True)
        if args.profile:
            show_profile(classroom, args.suite, args.unit)
        if args.kernels:
            show_kernels(classroom, args.unit, args.kernels)
        if args.growth:
            show_growth(Path(folder), args.suite, args.unit, args.growth)
        if args.simulated:
            show_simulated(Path(folder), args.simulated)


if __name__ == "__main__":
    main()

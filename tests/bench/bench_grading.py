"""Times grading, ours beside nbgrader's own engine: ``python tests/bench/bench_grading.py``.

One class hands in the same notebooks to each way of grading, in one run, on this machine:

* nbgrader: ``nbgrader autograde`` with its own engine and the hidden tests of the solutions,
  which look at the same hidden models as our probes do;
* ours, cold (a new sandbox a submission) and warm (kernels forked from a zygote), walls up, with
  one worker and with two;
* the floor: the learners' cells alone, one notebook after the other in one process that has
  imported everything, without walls, kernels or questions.

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
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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


class Memory:
    """Watches how much memory the descendants of this process hold together, at most."""

    def __init__(self) -> None:
        self.peak = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *ending: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.3):
            self.peak = max(self.peak, sum(map(proportional, descendants(os.getpid()))))


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started, as far as they live."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def proportional(pid: int) -> int:
    """Return a process's bytes, each shared page divided by its users; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


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
) -> tuple[float, float, dict[str, float]]:
    """Return seconds by the clock, peak bytes, and everyone's points."""
    with copy_of(classroom) as folder, Memory() as memory:
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
    return seconds, memory.peak, points


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
                seconds, peak, found = time_ours(classroom, args.unit, isolation, workers)
                if points is not None and found != points:
                    raise SystemExit("two ways of grading gave different points")
                points = found
                each = seconds / count
                print(
                    f"  ours, {isolation}, {workers} worker(s)       {each:8.3f} "
                    f"{peer / each:7.1f}×   {peak / 2**20:6.0f} MiB at most",
                    flush=True,
                )
        print(f"  the floor: cells alone       {floor:8.3f} {peer / floor:7.1f}×")


if __name__ == "__main__":
    main()

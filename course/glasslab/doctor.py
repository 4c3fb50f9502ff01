"""Says what is installed, what is missing or in the way, and how to mend it, in plain words."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from importlib import metadata
from pathlib import Path

from glasslab import __version__
from glasslab.guesses import course_folder

PACKAGE = "glasslab"
LEAST_DISK = 500 * 2**20
LEAST_MEMORY = 1500 * 2**20
"""A unit's kernel takes less than this, JupyterLab and a browser beside it not counted."""
SLOW = 15.0
LONGEST_TRIAL = 300.0

TRIAL = """
import json, time
begun = time.perf_counter()
from glasslab import checks, guesses, models, tasks, views
loaded = time.perf_counter() - begun
import torch
model = models.load_public("cumsum")
with torch.no_grad():
    logits = model(torch.zeros(1, 20, dtype=torch.long))
assert logits.isfinite().all(), "the public model answers with numbers that aren't finite"
print(json.dumps({"imports": loaded, "all": time.perf_counter() - begun}))
"""
"""What the first cells of a unit need."""


class Level(Enum):
    """How a finding is meant; the value is the sign shown beside it."""

    FINE = "✓"
    NOTE = "!"
    PROBLEM = "✗"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, what was found, and, if it needs mending, how."""

    about: str
    level: Level
    words: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f"\n    → {self.mend}" if self.mend else ""
        return f"{self.level.value} {self.about}: {self.words}{mend}"


def doctor(thorough: bool = False) -> None:
    """Print what is installed here, what is missing or in the way, and how to mend it.

    Args:
        thorough: Also try, in a process of its own, what the first cells of a unit do; that takes
            some seconds.
    """
    for line in described(examine(thorough)):
        print(line)


def examine(thorough: bool) -> list[Finding]:
    """Look at everything; nothing is changed, and no network asked."""
    found = [_python(), *_libraries(), *_loaded(), *_shadows(Path.cwd()), *_jupyter()]
    found += [*_places(course_folder(Path.cwd())), *_memory()]
    if thorough:
        found.append(_trial())
    return found


def described(found: Sequence[Finding]) -> list[str]:
    """Return findings as lines to print, with what they come to at the end."""
    problems = sum(each.level is Level.PROBLEM for each in found)
    things = "one thing" if problems == 1 else f"{problems} things"
    end = (
        f"There {'is' if problems == 1 else 'are'} {things} to mend: see ✗ above."
        if problems
        else "Ready: everything that a unit needs is here."
    )
    return [f"Glass Lab {__version__}, in {Path(__file__).parent}", *map(str, found), end]


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "doctor",
        help="say what is installed, what is missing or in the way, and how to mend it",
        description=(
            "Look at this Python, the libraries, Jupyter and this folder, then try what the first "
            "cells of a unit do. Nothing is changed, and no network asked. Exit code 1 if "
            "something must be mended."
        ),
    )
    parser.add_argument("--quick", action="store_true", help="leave out the trial at the end")
    parser.add_argument("--json", action="store_true", help="print the findings for programs")
    parser.set_defaults(run_command=run_command)


def run_command(arguments: argparse.Namespace) -> int:
    """Print the findings; return whether anything must be mended."""
    found = examine(thorough=not arguments.quick)
    ready = all(each.level is not Level.PROBLEM for each in found)
    if arguments.json:
        findings = [{**asdict(each), "level": each.level.name.lower()} for each in found]
        print(
            json.dumps(
                {"glasslab": __version__, "ready": ready, "findings": findings},
                indent=2,
                ensure_ascii=False,
            )
        )
    else:
        print("\n".join(described(found)))
    return 0 if ready else 1


def _python() -> Finding:
    from packaging.specifiers import SpecifierSet

    version = ".".join(map(str, sys.version_info[:3]))
    wanted = metadata.metadata(PACKAGE)["Requires-Python"] or ""
    words = f"{version}, {sys.executable}"
    if SpecifierSet(wanted).contains(version):
        return Finding("Python", Level.FINE, words)
    mend = (
        f"install a Python {wanted.replace(',', ', ')}, and Glass Lab into an environment of it: "
        "make PYTHON=python3.12 course"
    )
    return Finding("Python", Level.PROBLEM, f"{words}; Glass Lab needs {wanted}", mend)


def _libraries() -> Iterable[Finding]:
    """Compare what is installed with what the package asks for; nothing is imported."""
    from packaging.requirements import Requirement

    there: list[str] = []
    for text in metadata.requires(PACKAGE) or ():
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            version = None
        if version is not None and wanted.specifier.contains(version, prereleases=True):
            there.append(f"{wanted.name} {version}")
            continue
        words = f"{version} is installed, {wanted.specifier} needed" if version else "missing"
        mend = f'{_quoted(sys.executable)} -m pip install "{wanted.name}{wanted.specifier}"'
        yield Finding(wanted.name, Level.PROBLEM, words, f"{mend}, then restart the kernel")
    yield Finding("libraries", Level.FINE, ", ".join(there))


def _loaded() -> Iterable[Finding]:
    """Find libraries that were replaced on disk after this process loaded them."""
    for name in ("numpy", "torch", "matplotlib", "transformer_lens"):
        running = getattr(sys.modules.get(name), "__version__", None)
        if running is None:
            continue
        installed = metadata.version(name)
        # torch's own version names its build (2.8.0+cpu), the package's may not.
        if str(running).partition("+")[0] != installed.partition("+")[0]:
            yield Finding(
                name,
                Level.PROBLEM,
                f"{running} is running, but {installed} is installed since",
                "restart the kernel (in Colab: Runtime ▸ Restart session)",
            )


def _shadows(folder: Path) -> Iterable[Finding]:
    """Find files that Python would import in the place of a library of the same name."""
    ours = {"glasslab", "torch", "numpy", "matplotlib", "transformer_lens", "circuitsvis"}
    names = ours | set(sys.stdlib_module_names)
    for path in sorted(folder.glob("*")):
        package = (path / "__init__.py").is_file()
        if path.stem not in names or not (package or path.suffix == ".py"):
            continue
        if Path(__file__).resolve().parent == path.resolve():  # the library itself, in a checkout
            continue
        yield Finding(
            path.name,
            Level.PROBLEM,
            f"{path} has the name of a library, so Python imports it instead",
            "rename it, and restart the kernel",
        )


def _jupyter() -> Iterable[Finding]:
    """Find out whether notebooks would run in this Python."""
    if "ipykernel" in sys.modules:
        yield Finding("Jupyter", Level.FINE, "this notebook runs in the Python above")
        return
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ImportError:
        return  # told among the libraries
    here = Path(sys.executable).parent
    install = f"{_quoted(sys.executable)} -m ipykernel install --sys-prefix"
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        yield Finding("Jupyter", Level.PROBLEM, "it has no kernel 'python3'", install)
        return
    program = Path(spec.argv[0])
    if program.is_absolute() and program.parent != here:
        words = f"its kernel 'python3' is another Python, {program}"
        yield Finding("Jupyter", Level.PROBLEM, words, install)
        return
    command = shutil.which("jupyter")
    if command and Path(command).parent != here and (here / "jupyter").exists():
        yield Finding(
            "Jupyter",
            Level.NOTE,
            f"the command 'jupyter' is another Python's, {command}",
            f"start it as {_quoted(str(here / 'jupyter'))} lab, or activate the environment",
        )
        return
    yield Finding("Jupyter", Level.FINE, "notebooks run in the Python above")


def _places(folder: Path) -> Iterable[Finding]:
    """Find out whether guesses, submissions and notebooks can be saved."""
    free = shutil.disk_usage(folder).free
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Finding(
            "folder",
            Level.PROBLEM,
            f"nothing can be saved in {folder} ({error.strerror})",
            "copy the units into a folder of your own, and work there",
        )
        return
    if free < LEAST_DISK:
        words = f"only {free / 2**20:.0f} MB are free where {folder} lies"
        yield Finding("folder", Level.NOTE, words, "make room, or notebooks may not be saved")
        return
    yield Finding("folder", Level.FINE, f"{folder} can be written to, {free / 2**30:.0f} GB free")


def _memory() -> Iterable[Finding]:
    """Find out how much memory is free, where the system says so (Linux)."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvail")) * 1024
    except (OSError, StopIteration, ValueError):
        return
    if free < LEAST_MEMORY:
        yield Finding(
            "memory",
            Level.NOTE,
            f"only {free / 2**30:.1f} GB are free; a unit takes up to {LEAST_MEMORY / 2**30:.1f}",
            "shut down kernels that you no longer need, and close other programs",
        )
    else:
        yield Finding("memory", Level.FINE, f"{free / 2**30:.0f} GB free")


def _trial() -> Finding:
    """Do what the first cells of a unit do, in a process of its own."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", TRIAL],
            env={**os.environ, "MPLBACKEND": "agg"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LONGEST_TRIAL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        slow = isinstance(error, subprocess.TimeoutExpired)
        why = f"after {LONGEST_TRIAL:.0f} s it still hadn't" if slow else error
        words = f"what a unit imports didn't load ({why})"
        return Finding("trial", Level.PROBLEM, words, "restart the computer, and try again")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        mend = f"{_quoted(sys.executable)} -m pip install --force-reinstall, with the library named"
        if "ModuleNotFoundError" in last or "ImportError" in last:
            words = f"what a unit imports didn't load: {last[:300]}"
        else:
            words = f"what a unit does first failed: {last[:300]}"
            mend = "tell whoever runs your course, with what stands here"
        return Finding("trial", Level.PROBLEM, words, mend)
    took = json.loads(done.stdout.splitlines()[-1])
    imports, everything = took["imports"], took["all"]
    words = f"a unit's imports take {imports:.1f} s, with a first answer {everything:.1f} s"
    if imports > SLOW:
        mend = "the first time is slower; if it stays so, move the environment to a local disk"
        return Finding("trial", Level.NOTE, words, mend)
    return Finding("trial", Level.FINE, words)


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text

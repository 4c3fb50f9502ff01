"""Shared by the tests: hidden suites, really trained, from a secret that is thrown away."""

import ast
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings
from tiny_class import UNIT, copy_of, tiny_course

from grader.course import Course
from grader.reference import load_suite, train_suite
from grader.release import source_unit
from grader.secret import Secret
from grader.suite import Suite
from grader.tasks import FIRST_TASK, planned_tasks, suite_folder
from grader.unit import Unit
from grader.workspace import Workspace

# The models are tiny: on a busy machine a second thread makes each step slower, not faster.
torch.set_num_threads(1)

# Checks that tests run are nobody's progress.
os.environ["GLASSLAB_PROGRESS"] = ""

# How long an example takes says how busy the machine is, not whether a law holds.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parents[1]
SECRET = Secret(hashlib.sha256(b"thrown away").digest())

SOURCES = {"glasslab": ROOT / "course", "grader": ROOT}
"""Where our packages' modules lie."""

SuiteFolders = Callable[[str], Path]

LONGEST = ("test_verify", "test_attacks", "test_colab", "test_solutions", "test_whole_way")
"""Files that begin first, so that none of them is left to one worker at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; all else stays in its order."""
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONGEST)))


@pytest.fixture(scope="session")
def suite_folder_of(request: pytest.FixtureRequest) -> SuiteFolders:
    """Return a task's hidden suite on disk: trained once, then found again in pytest's cache.

    A task's own sources name its folder: a change in another task's trains nothing again.
    """
    kept = request.config.cache
    assert kept is not None, "suites are kept in pytest's cache: run without -p no:cacheprovider"

    @cache
    def folder_of(task: str) -> Path:
        folder = Path(kept.mkdir(f"glasslab-{suite_folder(task)}-{digest_of_sources(task)}"))
        with held(folder.with_suffix(".lock")):
            train_suite(folder, SECRET, task, progress=False)
        return folder

    return folder_of


@pytest.fixture(scope="session")
def cumsum_folder(suite_folder_of: SuiteFolders) -> Path:
    """The hidden suite of the first task, on disk."""
    return suite_folder_of(FIRST_TASK)


@pytest.fixture(scope="session")
def suite(cumsum_folder: Path) -> Suite:
    """The hidden suite of the first task, loaded."""
    return load_suite(cumsum_folder)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, suite_folder_of: SuiteFolders) -> Course:
    """This checkout's course with a workspace and a release folder of a test module's own."""
    root = tmp_path_factory.mktemp("classroom")
    workspace = Workspace(root)
    for task in planned_tasks():
        workspace.suite_for(task).symlink_to(suite_folder_of(task))
    return Course(ROOT, root / "course", workspace)


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a lock file: of several processes that test, one trains and the others wait for it."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def digest_of_sources(task: str) -> str:
    """Return the digest of all that a suite's bits depend on: what its making imports of ours."""
    waiting, found = ["grader.reference.training", f"grader.reference.plans.{task}"], {}
    while waiting:
        module = waiting.pop()
        path = source_of(module)
        if path and module not in found:
            found[module] = path.read_bytes()
            waiting.extend(imported_by(path))
    digest = hashlib.sha256(torch.__version__.encode())
    for _, content in sorted(found.items()):
        digest.update(content)
    return digest.hexdigest()[:16]


def imported_by(path: Path) -> Iterator[str]:
    """Yield the names of modules that a file imports, and of what might be modules."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            submodules = [f"{node.module}.{name.name}" for name in node.names]
            yield from submodules
            # A package that only holds the modules named has no say in what they do.
            if not all(map(source_of, submodules)):
                yield node.module


def source_of(module: str) -> Path | None:
    """Return the file of one of our modules."""
    package, *names = module.split(".")
    if package not in SOURCES:
        return None
    stem = SOURCES[package].joinpath(package, *names)
    files = (stem.with_suffix(".py"), stem / "__init__.py")
    return next((path for path in files if path.is_file()), None)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return the tiny class's course, released."""
    return tiny_course(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def tiny(released: Course, tmp_path: Path) -> Course:
    """Return the tiny class's course with a classroom of its own."""
    return copy_of(released, tmp_path / "classroom")


@pytest.fixture(scope="module")
def unit(released: Course) -> Unit:
    """Return the tiny class's unit."""
    return source_unit(released, UNIT)

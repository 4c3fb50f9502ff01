"""Shared by the tests: one hidden suite, really trained, from a secret that is thrown away."""

import hashlib
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from grader.course import Course
from grader.reference import load_suite, train_suite
from grader.secret import Secret
from grader.suite import Suite
from grader.workspace import Workspace

# The models are tiny: on a busy machine a second thread makes each step slower, not faster.
torch.set_num_threads(1)

# How long an example takes says how busy the machine is, not whether a law holds.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parents[1]

# What a suite's bits depend on. A change in any of these trains a new one.
SUITE_SOURCES = (
    *("course/glasslab/models.py", "course/glasslab/training.py", "course/glasslab/lean.py"),
    *("course/glasslab/tasks/*.py", "course/glasslab/interventions.py"),
    *("grader/secret.py", "grader/suite.py"),
    *("grader/reference/*.py", "grader/findings/[!d]*.py"),  # not data.py
)


@pytest.fixture(scope="session")
def suite_folder(request: pytest.FixtureRequest) -> Path:
    """A hidden suite on disk: trained once, then found again in pytest's cache."""
    cache = request.config.cache
    assert cache is not None, "the suite is kept in pytest's cache: run without -p no:cacheprovider"
    folder = Path(cache.mkdir(f"glasslab-suite-{_digest_of_sources()}"))
    train_suite(folder, Secret(hashlib.sha256(b"thrown away").digest()), "cumsum", progress=False)
    return folder


@pytest.fixture(scope="session")
def suite(suite_folder: Path) -> Suite:
    """The hidden suite, loaded."""
    return load_suite(suite_folder)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, suite_folder: Path) -> Course:
    """This checkout's course with a workspace and a release folder of a test module's own."""
    root = tmp_path_factory.mktemp("classroom")
    workspace = Workspace(root)
    workspace.suite.symlink_to(suite_folder)
    return Course(ROOT, root / "course", workspace)


def _digest_of_sources() -> str:
    digest = hashlib.sha256(torch.__version__.encode())
    for pattern in SUITE_SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

"""One place states versions; everything else refers to it, and is kept agreed here."""

import re
import runpy
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from grader.course import Course
from grader.practice.units import PACKED

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
REQUIREMENTS = [
    Requirement(text)
    for text in (
        *PROJECT["dependencies"],
        *(text for group in PROJECT["optional-dependencies"].values() for text in group),
    )
    if not text.startswith("glasslab[")
]
PINS = {
    canonicalize_name(name): Version(version)
    for name, version in re.findall(
        r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE
    )
}


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_every_direct_dependency_is_pinned_within_its_range(requirement):
    assert PINS[canonicalize_name(requirement.name)] in requirement.specifier


def test_every_public_model_goes_into_the_package():
    public = {path.parent.name for path in ROOT.glob("data/*/model.safetensors")}
    included = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {f"data/{name}": f"glasslab/public/{name}" for name in public}


def packed_units(version, monkeypatch):
    """Return what our build hook adds; what builds wheels isn't installed where tests run."""
    interface = ModuleType("interface")
    setattr(interface, "BuildHookInterface", object)  # noqa: B010 (pyright knows no such name)
    monkeypatch.setitem(sys.modules, "hatchling.builders.hooks.plugin.interface", interface)
    build_data = {"force_include": {}}
    hook = runpy.run_path(str(ROOT / "hatch_build.py"))["PackedUnits"]()
    hook.root = str(ROOT)
    hook.initialize(version, build_data)
    return build_data["force_include"]


def test_every_unit_goes_into_a_wheel_for_practice_and_none_beside_a_checkout(monkeypatch):
    units = [f"solutions/{unit}/{unit}.ipynb" for unit in Course.default().units()]
    packed = PACKED.relative_to(ROOT)
    expected = {str(ROOT / unit): f"{packed}/{unit}" for unit in units}
    assert packed_units("standard", monkeypatch) == expected
    assert packed_units("editable", monkeypatch) == {}
    assert not [file for file in distribution("glasslab").files or () if "solutions" in file.parts]


def test_conda_environment_refers_to_the_package():
    lines = [
        line.strip(" -")
        for line in (ROOT / "environment.yml").read_text().splitlines()
        if line.startswith("  ") and not line.strip().startswith("#")
    ]
    assert lines == [
        "conda-forge",
        f"python {PROJECT['requires-python']}",
        "pip",
        "pip:",
        "c constraints.txt",
        "e .[dev]",
    ]


def test_every_direct_dependency_says_why_it_is_there():
    text = (ROOT / "pyproject.toml").read_text()
    block = text[text.index("dependencies = [") : text.index("[project.scripts]")]
    entries = [line for line in block.splitlines() if line.startswith('    "')]
    assert len(entries) > 15
    bare = [line for line in entries if "#" not in line and "glasslab[" not in line]
    assert not bare

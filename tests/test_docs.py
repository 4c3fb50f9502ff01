"""What the documents promise is there: their links lead to files, their commands exist."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from grader.course import Course

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(ROOT / "course").glob("*.md"),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "data").rglob("*.md"),
]
MAP = ROOT / "course" / "README.md"
TARGETS = (
    *("demo", "test", "course", "self-study", "site", "formgrader"),
    *("data", "verify-data", "setup"),
)
UNITS = Course.default().units()
TIME = re.compile(
    r"\*\*Time:\*\* core (\d+)–(\d+) minutes"
    r"(?:; (\d+)–(\d+) with what is marked \*beyond the core\*)?\."
)
CODA = re.compile(r"\*\*Time:\*\* (\d+)–(\d+) minutes, all of it \*beyond the core\*")
OBJECTIVE = re.compile(
    r"^\*Objective: .* · (\d+) minutes · (\d+) points?"
    r"(?: · read by a person)?( · beyond the core)?\*$",
    re.M,
)
CHECK = re.compile(r'^check\("([\w.]+)"', re.M)
NAMES = re.compile(r'"([\w.]+)"')
GROUP = re.compile(r"^([A-Z]+) = \(([^)]*)\)", re.M)
LINK = re.compile(r"\]\(([^)#]+?)(?:#[^)]*)?\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_to_files(document):
    links = [link for link in LINK.findall(document.read_text()) if "://" not in link]
    dead = [link for link in links if not (document.parent / link).exists()]
    assert not dead


def test_make_does_what_the_documents_say():
    for target in TARGETS:
        dry = subprocess.run(
            ["make", "-n", "-B", target], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert "warning" not in dry.stderr and "Nothing to be done" not in dry.stdout
    dry = subprocess.run(["make", "-n", "data"], cwd=ROOT, capture_output=True, text=True)
    assert "regenerate.py" in dry.stdout and "--verify" not in dry.stdout
    dry = subprocess.run(["make", "-n", "verify-data"], cwd=ROOT, capture_output=True, text=True)
    assert "regenerate.py --verify" in dry.stdout


def test_jupyterlab_opens_with_the_commands_that_its_terminals_need(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    found = tmp_path / "found"
    for name, does in (("jupyter", f"command -v glasslab > {found}"), ("glasslab", "true")):
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    (tmp_path / ".learner").touch()
    place = os.path.relpath(tmp_path, ROOT)
    subprocess.run(["make", "course", f"VENV={place}"], cwd=ROOT, capture_output=True, check=True)
    assert Path(found.read_text().strip()).samefile(programs / "glasslab")


@dataclass(frozen=True)
class Exercise:
    """What an objective line says, and the name of the check that follows it, if one does."""

    minutes: int
    points: int
    beyond: bool
    check: str | None


def cells_of(unit):
    return nbformat.read(ROOT / "course" / unit / f"{unit}.ipynb", 4).cells


def exercises_of(unit):
    cells = cells_of(unit)
    objectives = [i for i, cell in enumerate(cells) if "*Objective:" in cell.source]
    found = []
    for start, end in zip(objectives, [*objectives[1:], len(cells)]):
        line = OBJECTIVE.search(cells[start].source)
        assert line, f"{unit}: {cells[start].source[:80]}"
        checks = [name for cell in cells[start:end] for name in CHECK.findall(cell.source)]
        minutes, points, beyond = line.groups()
        found.append(
            Exercise(int(minutes), int(points), bool(beyond), checks[0] if checks else None)
        )
    return found


def hours_of(unit):
    """Return (core, all), each the least and the most minutes that a unit states."""
    title = next(cell.source for cell in cells_of(unit) if cell.source.startswith("# "))
    found = TIME.search(title)
    if not found:
        found = CODA.search(title)
        assert found, f"{unit} doesn't say how long it takes"
        low, high = found.groups()
        return (0, 0), (int(low), int(high))
    low, high, all_low, all_high = found.groups()
    return (int(low), int(high)), (int(all_low or low), int(all_high or high))


def test_the_map_leads_to_every_unit_and_states_the_times_that_units_state():
    rows = re.findall(
        r"\]\((\w+)/\w+\.ipynb\).*\| (?:(\d+)–(\d+) min|–) \| (\d+)–(\d+) min \|", MAP.read_text()
    )
    stated = {
        unit: ((int(low or 0), int(high or 0)), (int(all_low), int(all_high)))
        for unit, low, high, all_low, all_high in rows
    }
    assert stated == {unit: hours_of(unit) for unit in UNITS}


@pytest.mark.parametrize(
    ("part", "least", "most"), [("0", 8, 12), ("1", 4, 8)], ids=["November", "October"]
)
def test_the_core_of_a_part_takes_the_hours_that_were_planned(part, least, most):
    hours = [hours_of(unit)[0] for unit in UNITS if unit.startswith(part)]
    assert least * 60 <= sum(low for low, _ in hours)
    assert sum(high for _, high in hours) <= most * 60


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_states_no_less_time_than_its_exercises_take(unit):
    core, everything = hours_of(unit)
    exercises = exercises_of(unit)
    assert sum(each.minutes for each in exercises if not each.beyond) <= core[0]
    assert sum(each.minutes for each in exercises) <= everything[0]
    assert core != everything or not any(each.beyond for each in exercises)


@pytest.mark.parametrize("unit", [unit for unit in UNITS if hours_of(unit)[0] != (0, 0)])
def test_nothing_in_the_core_waits_for_what_is_beyond_it(unit):
    """A cell that needs an exercise beyond the core stands there, and needs nothing else hidden."""
    beyond = {each.check for each in exercises_of(unit) if each.beyond}
    source = "\n".join(cell.source for cell in cells_of(unit) if cell.cell_type == "code")
    named = {name: NAMES.findall(body) for name, body in GROUP.findall(source)}
    here = None
    for cell in cells_of(unit):
        if cell.cell_type == "markdown" and re.search(r"^##", cell.source, re.M):
            line = OBJECTIVE.search(cell.source)
            here = bool(line and line[3])
        for needs in re.findall(r"solved\(([^)]*)\)", cell.source):
            group = [*NAMES.findall(needs)]
            for name in re.findall(r"\*(\w+)", needs):
                group += named[name]
            wanted = beyond.intersection(group)
            assert here or not wanted or wanted == set(group), f"{unit}, {cell.id}: {needs}"


def test_the_points_of_the_core_are_those_that_instructors_are_told():
    exercises = [each for unit in UNITS for each in exercises_of(unit)]
    core = sum(each.points for each in exercises if not each.beyond)
    told = f"the core alone is worth {core} of {sum(each.points for each in exercises)}"
    assert told in (ROOT / "README.md").read_text()

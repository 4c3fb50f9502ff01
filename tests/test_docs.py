"""What the documents promise is there: their links lead to files, their commands exist."""

import re
import subprocess
from pathlib import Path

import nbformat
import pytest

from grader.course import Course

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(ROOT / "course").glob("*.md"),
    *(ROOT / "data").rglob("*.md"),
]
MAP = ROOT / "course" / "README.md"
TARGETS = ("demo", "test", "course", "self-study", "formgrader", "data", "verify-data", "setup")
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


def test_the_map_leads_to_every_unit_and_states_the_times_that_units_state():
    rows = re.findall(r"\]\((\w+)/\w+\.ipynb\).*\| (\d+)–(\d+) min \|", MAP.read_text())
    stated = {}
    for unit in Course.default().units():
        title = nbformat.read(ROOT / "course" / unit / f"{unit}.ipynb", 4).cells[0].source
        stated[unit] = re.search(r"\*\*Time:\*\* (\d+) to (\d+) minutes", title)
    assert {unit: (low, high) for unit, low, high in rows} == {
        unit: found and found.groups() for unit, found in stated.items()
    }

"""`nbgrader export`: hostile names of learners add no column, no row and no formula."""

import csv
import os
import subprocess
import sys
from pathlib import Path

from nbgrader.plugins.export import CsvExportPlugin

from grader.exporting import SafeCsvExport
from grader.gradebook import open_gradebook

NAMES = (
    "ada",
    "Zoë-李",
    '=HYPERLINK("//evil.example","grade")',
    "+1",
    "@SUM(A1)",
    "-2+3",
    "bob,,,,,100,0,100,100",
    "mia\nunit,,,ada,,,,100,0,100,100",
    'eve"',
)


def gradebook_of(folder: Path) -> str:
    url = f"sqlite:///{folder / 'gradebook.db'}"
    with open_gradebook(url) as gradebook:
        gradebook.add_assignment("unit")
        for name in NAMES:
            gradebook.add_student(name)
            gradebook.add_submission("unit", name)
    return url


def test_each_learner_has_one_row_and_no_cell_is_computed(tmp_path: Path) -> None:
    url, ours, theirs = gradebook_of(tmp_path), tmp_path / "ours.csv", tmp_path / "theirs.csv"
    with open_gradebook(url) as gradebook:
        SafeCsvExport(to=str(ours)).export(gradebook)
        CsvExportPlugin(to=str(theirs)).export(gradebook)
    rows = list(csv.DictReader(ours.open(encoding="utf-8", newline="")))

    assert sorted(row["student_id"].removeprefix("'") for row in rows) == sorted(NAMES)
    assert {row["score"] for row in rows} == {"0.0"}
    assert not any(
        str(cell).startswith(("=", "+", "-", "@")) for row in rows for cell in row.values()
    )
    # An honest row is nbgrader's own, to the letter.
    [honest] = [line for line in theirs.read_text().splitlines() if line.split(",")[3] == "Zoë-李"]
    assert honest in ours.read_text(encoding="utf-8").splitlines()
    # And nbgrader's own export falls, or this test would prove nothing.
    assert "100" in {row["score"] for row in csv.DictReader(theirs.open())}


def test_nbgrader_export_uses_it(tmp_path: Path) -> None:
    url, target = gradebook_of(tmp_path), tmp_path / "grades.csv"
    environment = {**os.environ, "GLASSLAB_GRADEBOOK_URL": url, "GLASSLAB_CLASSROOM": str(tmp_path)}
    subprocess.run(
        [Path(sys.executable).with_name("nbgrader"), "export", "--to", str(target)],
        cwd=Path(__file__).resolve().parents[1],
        env=environment,
        check=True,
        capture_output=True,
    )
    assert "\n'=" not in target.read_text() and ",\"'=HYPER" in target.read_text()

"""More time for one learner changes what being late costs, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tiny_class import UNIT, fake_report

from grader.cli import main
from grader.gradebook import Writer, open_gradebook

NOON = datetime(2026, 3, 1, 12)


@pytest.fixture
def course(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(tiny.workspace.root))
    root = tmp_path / "root"
    root.mkdir()
    text = "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    (root / "nbgrader_config.py").write_text(text)
    return replace(tiny, root=root)


def due(course, when: Any) -> None:
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        gradebook.update_or_create_assignment(UNIT, duedate=when)


def penalty(course, unit) -> float | None:
    """Return what ann pays for being a day late, as the next ``grader grade`` writes it."""
    with Writer(course, unit) as writer:
        writer.retime("ann", NOON + timedelta(days=1))
    with open_gradebook(course.workspace.gradebook_url) as gradebook:
        row: Any = gradebook.find_submission_notebook(UNIT, UNIT, "ann")
        return row.late_submission_penalty


def test_an_extension_takes_the_penalty_back_and_zero_days_end_it(course, unit, capsys):
    due(course, NOON)
    report = fake_report(b"0", unit)
    assert report.points
    with Writer(course, unit) as writer:
        writer.write("ann", report, "key", NOON + timedelta(days=1))
    assert penalty(course, unit) == report.points
    assert main(["extend", UNIT, "ann", "--days", "1.5"]) == 0
    assert "until 2026-03-03 00:00 UTC" in capsys.readouterr().out
    assert penalty(course, unit) is None
    assert main(["extend", UNIT, "ann", "--days", "0.5"]) == 0
    assert penalty(course, unit) == report.points
    assert main(["extend", UNIT, "ann", "--days", "0"]) == 0
    assert "until 2026-03-01 12:00 UTC" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("who", "what", "days", "said"),
    [
        ("bob", UNIT, "2", "no work of 'bob'"),
        ("ann", "99_none", "2", "no work of 'ann' for '99_none'"),
        ("ann", UNIT, "-1", "from 0 to 3650 days, not -1"),
        ("ann", UNIT, "nan", "from 0 to 3650 days, not nan"),
    ],
)
def test_what_cannot_be_extended_is_told_in_a_sentence(course, who, what, days, said, capsys):
    due(course, NOON)
    assert main(["extend", what, who, "--days", days]) == 1
    assert said in capsys.readouterr().err


def test_without_a_due_date_there_is_nothing_to_move(course, capsys):
    assert main(["extend", UNIT, "ann", "--days", "1"]) == 1
    assert "has no due date" in capsys.readouterr().err

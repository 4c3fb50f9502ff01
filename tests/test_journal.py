"""Reports as JSON, and the file that outlives a killed grader."""

import contextlib
import json
import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.errors import GraderError
from grader.journal import Entry, Journal
from grader.report import Incident, Outcome, Report, Status, Verdict

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBER = st.floats(0, 100)
OUTPUT = st.one_of(
    st.builds(lambda text: new_output("stream", name="stdout", text=text), TEXT),
    st.builds(lambda text: new_output("display_data", data={"text/plain": text}), TEXT),
)
CELL = st.one_of(
    st.builds(lambda source, outputs: (source, outputs), TEXT, st.lists(OUTPUT, max_size=3)),
    st.builds(lambda source: (source, None), TEXT),
)


def notebook_of(cells):
    notebook = new_notebook()
    for i, (source, outputs) in enumerate(cells):
        if outputs is None:
            notebook.cells.append(new_markdown_cell(source, id=f"cell-{i}"))
        else:
            notebook.cells.append(new_code_cell(source, id=f"cell-{i}", outputs=outputs))
    return notebook


VERDICT = st.builds(
    Verdict,
    grade_id=TEXT,
    status=st.sampled_from(Status),
    points=st.none() | NUMBER,
    max_points=NUMBER,
    words=TEXT,
)
REPORT = st.builds(
    Report,
    unit=TEXT,
    submission_digest=TEXT,
    verdicts=st.lists(VERDICT, max_size=3).map(tuple),
    incidents=st.lists(st.builds(Incident, TEXT, TEXT, st.none() | TEXT), max_size=3).map(tuple),
    notebook=st.lists(CELL, max_size=4).map(notebook_of),
)


def plain_report(text="1 + 1"):
    verdicts = (Verdict("f_check", Status.RIGHT, 2.0, 2.0, "Right."),)
    cells = [(text, [])]
    return Report(unit="u", submission_digest="d", verdicts=verdicts, notebook=notebook_of(cells))


@given(REPORT)
def test_a_report_comes_back_from_json_as_it_was(report):
    text = report.to_json()
    assert "\n" not in text
    assert Report.from_json(text) == report
    assert Outcome.from_json(report.outcome.to_json()) == report.outcome


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("unit",), 3),
        (("unit",), "\ud800"),
        (("extra",), 1),
        (("verdicts",), {}),
        (("verdicts", 0, "points"), True),
        (("verdicts", 0, "points"), float("nan")),
        (("verdicts", 0, "points"), "2"),
        (("verdicts", 0, "max_points"), None),
        (("verdicts", 0, "status"), "excellent"),
        (("verdicts", 0, "more"), 1),
        (("incidents",), ["text"]),
        (("notebook",), {"cells": []}),
        (("notebook", "cells", 0, "cell_type"), "script"),
        (("notebook", "cells", 0, "outputs"), [{"output_type": "stream"}]),
    ],
)
def test_a_report_of_another_form_is_refused(path, value):
    data = json.loads(plain_report().to_json())
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(GraderError, match="not the report of an examination"):
        Report.from_json(json.dumps(data))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "[" * 100_000, b"\xff\xfe", "1e999"])
def test_what_is_not_even_an_object_is_refused(text):
    with pytest.raises(GraderError):
        Report.from_json(text)


def test_a_torn_line_is_passed_over_wherever_it_was_torn(tmp_path):
    path = tmp_path / "journal" / "u.jsonl"
    entries = [Entry(f"learner {i}", f"key {i}", False, plain_report()) for i in range(3)]
    with Journal(path) as journal:
        assert all(journal.add(entry) for entry in entries[:2])
    whole = path.read_bytes()
    for end in range(len(whole) // 2, len(whole), 97):
        path.write_bytes(whole[:end])
        with Journal(path) as journal:
            assert list(journal.entries()) == entries[: 1 + (end >= len(whole) - 1)]
            assert journal.add(entries[2])
        with Journal(path) as journal:
            assert list(journal.entries())[-1] == entries[2]
            journal.clear()
            assert list(journal.entries()) == []


def test_a_full_disk_loses_no_earlier_line_and_is_told(tmp_path, caplog):
    small = Entry("ada", "key", True, plain_report())
    large = Entry("ben", "key", False, plain_report("x" * 100_000))
    path = tmp_path / "u.jsonl"
    with Journal(path) as journal:
        assert journal.add(small)
        with files_of_at_most(20_000):
            assert not journal.add(large)
            assert not journal.add(large)
            assert journal.add(small)
        assert list(journal.entries()) == [small, small]
        assert journal.add(large)
        assert journal.trouble is not None and str(path) in journal.trouble
    assert caplog.text.count("grading goes on without it") == 1


@contextlib.contextmanager
def files_of_at_most(size):
    """As on a full disk, a write is cut short and the next one fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_only_its_owner_reads_the_journal(tmp_path):
    with Journal(tmp_path / "journal" / "u.jsonl") as journal:
        assert journal.path.stat().st_mode & 0o077 == 0

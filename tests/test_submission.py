"""A submission is untrusted bytes: whatever they hold, the unit's own cells come out in order."""

import json

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.submission import MAX_SUBMISSION_BYTES, rebuild
from grader.unit import Unit, UnitCell

STUB = 'def double(x):\n    raise NotImplementedError("Your code here")'
TEST = (
    'check("toy.double", double)\n### BEGIN HIDDEN TESTS\nprobe("toy.double", double)\n'
    "### END HIDDEN TESTS"
)
UNIT = Unit(
    "09_toy",
    (
        UnitCell("setup", "code", "import math", grade=False, solution=False, locked=True),
        UnitCell("double", "code", STUB, grade=False, solution=True, locked=False),
        UnitCell("double_check", "code", TEST, grade=True, solution=False, locked=True, points=2),
        UnitCell("why", "markdown", "YOUR ANSWER", grade=True, solution=True, locked=False),
    ),
)
ANSWER = "def double(x):\n    return 2 * x"


def cell(grade_id, source, cell_type="code", **more):
    metadata = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": cell_type, "source": source, "metadata": metadata} | more


def notebook(*cells, **more):
    return json.dumps({"cells": list(cells), "nbformat": 4, "nbformat_minor": 0} | more).encode()


HONEST = (
    cell("setup", "import math"),
    cell("double", ANSWER),
    cell("double_check", 'check("toy.double", double)'),
    cell("why", "Because.", "markdown"),
)


def sources(rebuilt):
    return [cell.source for cell in rebuilt.notebook.cells]


def test_honest_notebook_is_kept_without_incident():
    rebuilt = rebuild(notebook(*HONEST), UNIT)
    assert sources(rebuilt) == [
        "import math",
        ANSWER,
        'check("toy.double", double)',
        "Because.",
    ]
    assert rebuilt.incidents == ()
    assert rebuilt.answered == {"double", "why"}
    nbformat.validate(rebuilt.notebook)


def test_hidden_tests_never_enter_the_rebuilt_notebook():
    rebuilt = rebuild(notebook(*HONEST), UNIT)
    assert "probe" not in nbformat.writes(rebuilt.notebook)


def test_learners_own_cells_stay_where_they_were_as_plain_cells():
    helper = cell(None, "def helper(): ...", attachments={"a": {}}, outputs=[{"evil": 1}])
    helper["metadata"] = {"tags": ["skip-execution"], "editable": False}
    note = cell(None, "my note", "markdown")
    rebuilt = rebuild(notebook(note, HONEST[0], helper, *HONEST[1:], note), UNIT)
    assert sources(rebuilt)[0] == "my note" == sources(rebuilt)[-1]
    assert sources(rebuilt)[2] == "def helper(): ..."
    added = rebuilt.notebook.cells[2]
    assert added.metadata == {} and added.outputs == [] and "attachments" not in added


def test_changed_locked_cells_are_restored_and_told():
    rebuilt = rebuild(notebook(HONEST[0], HONEST[1], cell("double_check", "pass")), UNIT)
    assert sources(rebuilt)[2] == 'check("toy.double", double)'
    kinds = {(one.kind, one.grade_id) for one in rebuilt.incidents}
    assert ("changed cell", "double_check") in kinds
    assert ("missing cell", "why") in kinds


@pytest.mark.parametrize(
    "change",
    [
        {"points": 100},
        {"grade": False},
        {"solution": True},
        {"locked": False},
        {"schema_version": 99},
    ],
)
def test_metadata_comes_from_the_unit(change):
    graded = cell("double_check", 'check("toy.double", double)')
    graded["metadata"]["nbgrader"] |= change
    graded["metadata"]["tags"] = ["skip-execution", "raises-exception"]
    rebuilt = rebuild(notebook(*HONEST[:2], graded, HONEST[3]), UNIT)
    assert rebuilt.notebook.cells[2].metadata == {"nbgrader": UNIT.cells[2].metadata()}


def test_order_is_restored():
    rebuilt = rebuild(notebook(*reversed(HONEST)), UNIT)
    assert [c.metadata["nbgrader"]["grade_id"] for c in rebuilt.notebook.cells] == [
        c.grade_id for c in UNIT.cells
    ]
    assert "changed order" in {one.kind for one in rebuilt.incidents}


def test_only_the_first_copy_of_an_answer_counts():
    rebuilt = rebuild(notebook(*HONEST[:2], cell("double", "bad = 1"), *HONEST[2:]), UNIT)
    assert sources(rebuilt)[1:3] == [ANSWER, "bad = 1"]
    assert rebuilt.notebook.cells[2].metadata == {}


def test_a_pasted_copy_of_a_graded_cell_does_not_run():
    rebuilt = rebuild(notebook(*HONEST, HONEST[2]), UNIT)
    assert sources(rebuilt).count('check("toy.double", double)') == 1


def test_answers_are_found_by_cell_id_when_metadata_was_dropped():
    bare = [dict(one, metadata={}, id=one["metadata"]["nbgrader"]["grade_id"]) for one in HONEST]
    assert rebuild(notebook(*bare), UNIT).answered == {"double", "why"}


def test_old_and_odd_formats_are_read():
    old = {
        "nbformat": 3,
        "worksheets": [
            {"cells": [{"cell_type": "code", "input": ANSWER, "metadata": HONEST[1]["metadata"]}]}
        ],
    }
    assert sources(rebuild(json.dumps(old).encode(), UNIT))[1] == ANSWER
    windows = notebook(cell("double", ["def double(x):\r\n", "    return 2 * x"]))
    assert sources(rebuild(b"\xef\xbb\xbf" + windows, UNIT))[1] == ANSWER
    assert sources(rebuild(notebook(cell("double", "x = '\ud800'")), UNIT))[1] == "x = '?'"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"cells": 3}',
        b"[" * 100_000,
        b'{"cells": [1, null, {"cell_type": "code", "source": 5}, {"cell_type": "x"}]}',
        b"1" * 10_000,
        b" " * (MAX_SUBMISSION_BYTES + 1),
    ],
    ids=["empty", "cut", "list", "null", "cells", "deep", "odd cells", "long number", "large"],
)
def test_broken_files_give_the_untouched_unit_and_an_incident(broken):
    rebuilt = rebuild(broken, UNIT)
    assert [c.metadata["nbgrader"]["grade_id"] for c in rebuilt.notebook.cells] == [
        c.grade_id for c in UNIT.cells
    ]
    assert rebuilt.answered == frozenset()
    assert rebuilt.incidents


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
CELLS = st.lists(
    st.fixed_dictionaries(
        {
            "cell_type": st.sampled_from(["code", "markdown", "raw", "x"]) | JSON,
            "source": st.text(max_size=30) | JSON,
            "metadata": st.fixed_dictionaries(
                {
                    "nbgrader": st.fixed_dictionaries(
                        {"grade_id": st.sampled_from([c.grade_id for c in UNIT.cells]) | JSON}
                    )
                }
            )
            | JSON,
        }
    )
    | JSON,
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=60)
    | JSON.map(lambda v: json.dumps(v).encode())
    | CELLS.map(lambda cells: json.dumps({"cells": cells}).encode())
)
def test_rebuilding_never_fails_and_is_idempotent(submission):
    once = rebuild(submission, UNIT)
    nbformat.validate(once.notebook)
    named = [c.metadata.get("nbgrader", {}).get("grade_id") for c in once.notebook.cells]
    assert [name for name in named if name] == [c.grade_id for c in UNIT.cells]
    again = rebuild(nbformat.writes(once.notebook).encode(), UNIT)
    assert sources(again) == sources(once)
    assert again.answered == once.answered


def test_code_that_no_exercise_asks_for_is_told_in_words_of_ours():
    hostile = "import ctypes; open('/proc/1/environ').read()  # <b>my words</b>"
    for cells in (
        [*HONEST, cell(None, hostile)],
        [HONEST[0], cell("double", hostile), *HONEST[2:]],
    ):
        [incident] = rebuild(notebook(*cells), UNIT).incidents
        assert incident.kind == "unusual code"
        assert "ctypes, /proc/" in incident.words and "my words" not in incident.words
    # What a text says is a text's affair, and a locked cell is ours.
    assert rebuild(notebook(*HONEST, cell(None, hostile, "markdown")), UNIT).incidents == ()

"""Changing the notebook: its cells, their metadata, and the file that holds them."""

from __future__ import annotations

import copy
import json
from typing import Any

from grader.attacks import (
    MANUAL,
    NOTEBOOK,
    SOLVED,
    UNIT,
    UNSOLVED,
    Aftermath,
    Attack,
    Base,
    cell_attack,
    cell_named,
    json_attack,
)

CHECK = f"{UNSOLVED}_check"
WRONG = "def unwrapped_embedding(W_E):\n    return W_E"
UNREADABLE = ("unreadable", "unreadable cell", "no notebook")


def marked(grade_id: str, **marks: Any):
    """Return a change of one cell's nbgrader metadata; None takes a mark away."""

    def change(data: Any) -> None:
        mine = cell_named(data, grade_id)["metadata"]["nbgrader"]
        mine |= marks
        for name in [name for name, value in mine.items() if value is None]:
            del mine[name]

    return change


def of_cell(grade_id: str, **fields: Any):
    """Return a change of one cell's own fields."""

    def change(data: Any) -> None:
        cell_named(data, grade_id).update(fields)

    return change


def of_all(**fields: Any):
    """Return a change of the same fields of all cells."""

    def change(data: Any) -> None:
        for cell in data["cells"]:
            cell.update(copy.deepcopy(fields))

    return change


def of_file(**fields: Any):
    """Return a change of the notebook's own fields."""

    def change(data: Any) -> None:
        data.update(fields)

    return change


def several(*changes: Any):
    """Return one change out of several."""

    def change(data: Any) -> None:
        for one in changes:
            one(data)

    return change


# --- metadata of cells ---------------------------------------------------------------------------


def _skip_execution(data: Any) -> None:
    cell_named(data, CHECK)["metadata"]["tags"] = ["skip-execution", "raises-exception", "hide"]


def _everything_marked(data: Any) -> None:
    for cell in data["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] |= {
                **{"points": 1e308, "max_points": 100, "score": 100, "manual_score": 100},
                **{"extra_credit": 100, "checksum": "0", "task": True},
            }


def _dropped_metadata(data: Any) -> None:
    for cell in data["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)


def _metadata_as_list(data: Any) -> None:
    for cell in data["cells"]:
        cell["metadata"] = [["nbgrader", {"grade_id": CHECK}]]
    data["metadata"] = ["kernelspec"]


def _odd_grade_ids(data: Any) -> None:
    odd = (["a"], {"b": 1}, None, True, 10**400, "x" * 10**6, "../../../etc/passwd", "\0", "a\nb")
    for number, grade_id in enumerate(odd):
        cell = copy.deepcopy(cell_named(data, "setup"))
        cell["metadata"]["nbgrader"]["grade_id"] = grade_id
        cell["id"] = grade_id
        cell["source"] = f"odd = {number}"
        data["cells"].append(cell)


def _homoglyph(data: Any) -> None:
    # A Cyrillic "а": looks the same, is another name.
    cell = cell_named(data, CHECK)
    forged = copy.deepcopy(cell)
    forged["source"] = "100"
    cell["metadata"]["nbgrader"]["grade_id"] = CHECK.replace("a", "а")
    data["cells"].append(forged)


def _sql_grade_id(data: Any) -> None:
    words = "x'; UPDATE grade SET manual_score = 100; --"
    cell_named(data, CHECK)["metadata"]["nbgrader"]["grade_id"] = words


def _swapped_answers(data: Any) -> None:
    for grade_id in (SOLVED, UNSOLVED):
        cell_named(data, grade_id)["metadata"]["nbgrader"]["grade_id"] = f"x{grade_id}"
    for mine, other in ((SOLVED, UNSOLVED), (UNSOLVED, SOLVED)):
        cell = cell_named(data, f"x{mine}")
        cell["metadata"]["nbgrader"]["grade_id"] = cell["id"] = other


def _test_of_the_solved(data: Any) -> None:
    # Both tests look at the answer that is solved.
    cell_named(data, CHECK)["source"] = cell_named(data, f"{SOLVED}_check")["source"]


def _points_for_manual(data: Any) -> None:
    # A graded cell that looks automatic, under the name of the one that a person reads.
    forged = copy.deepcopy(cell_named(data, CHECK))
    forged["metadata"]["nbgrader"] |= {"grade_id": MANUAL, "points": 3}
    forged["source"] = "3"
    data["cells"].insert(0, forged)


METADATA = (
    json_attack(
        "notebook/skip-execution",
        "the tag skip-execution on a locked test: what doesn't run doesn't fail",
        _skip_execution,
        keeps=True,  # The tag is simply not taken over.
    ),
    json_attack(
        "notebook/manual-not-a-solution",
        "the explanation is marked solution: false, so that it counts as a test that passed",
        marked(MANUAL, solution=False, locked=True),
        keeps=True,
    ),
    json_attack(
        "notebook/manual-as-code",
        "the explanation becomes a code cell that a machine would grade",
        of_cell(MANUAL, cell_type="code", outputs=[], execution_count=None, source="3"),
        told=("changed type",),
        keeps=True,
    ),
    json_attack("notebook/points", "the test is worth 100 points", marked(CHECK, points=100)),
    json_attack(
        "notebook/points-negative",
        "points are negative, text, or not a number",
        several(
            marked(CHECK, points=-5),
            marked(f"{SOLVED}_check", points="NaN"),
            marked(MANUAL, points=[1]),
        ),
        keeps=True,
    ),
    json_attack(
        "notebook/not-graded", "the test is marked grade: false", marked(CHECK, grade=False)
    ),
    json_attack(
        "notebook/all-marks",
        "every mark that a gradebook could know is set: scores, extra credit, checksums",
        _everything_marked,
        keeps=True,
    ),
    json_attack(
        "notebook/schema-99", "metadata of a version to come", marked(CHECK, schema_version=99)
    ),
    json_attack(
        "notebook/schema-text",
        "a version that is text, and one that is missing",
        several(marked(CHECK, schema_version="three"), marked(SOLVED, schema_version=None)),
        keeps=True,
    ),
    json_attack(
        "notebook/no-metadata",
        "all metadata and ids are stripped: whose answer is whose?",
        _dropped_metadata,
        told=("missing cell",),
    ),
    json_attack(
        "notebook/metadata-as-list",
        "metadata is a list, of cells and file",
        _metadata_as_list,
        keeps=True,  # Cells are still found by their ids.
    ),
    json_attack(
        "notebook/odd-grade-ids",
        "names of cells that are numbers, lists, paths, a million letters",
        _odd_grade_ids,
        keeps=True,  # They name nothing of the unit's: cells that a learner added.
    ),
    json_attack(
        "notebook/homoglyph",
        "a test's name has a letter that only looks the same, and a false test follows",
        _homoglyph,
        told=("changed cell",),
        keeps=True,
    ),
    json_attack(
        "notebook/sql-in-name",
        "a cell's name that ends a statement of the database and begins another",
        _sql_grade_id,
        told=("missing cell",),
        keeps=True,
    ),
    json_attack(
        "notebook/answers-swapped",
        "two answers exchange their names, so that the solved one stands for both",
        _swapped_answers,
        told=("changed order",),
    ),
    json_attack(
        "notebook/test-of-another",
        "the test of the unsolved answer is replaced by that of the solved one",
        _test_of_the_solved,
        told=("changed cell",),
        keeps=True,
    ),
    json_attack(
        "notebook/auto-points-for-manual",
        "a cell that grades itself bears the name of the one that a person grades",
        _points_for_manual,
        told=("cell twice", "changed type"),
        keeps=True,
    ),
)  # fmt: skip


# --- cells ---------------------------------------------------------------------------------------


def _without_test(data: Any) -> None:
    data["cells"].remove(cell_named(data, CHECK))


def _doubled(data: Any) -> None:
    forged = copy.deepcopy(cell_named(data, CHECK))
    forged["source"] = "pass"
    data["cells"].append(forged)


def _doubled_first(data: Any) -> None:
    forged = copy.deepcopy(cell_named(data, CHECK))
    forged["source"] = "pass"
    data["cells"].insert(0, forged)


def _same_ids(data: Any) -> None:
    for cell in data["cells"]:
        cell["id"] = "same"


def _reordered(data: Any) -> None:
    # All answers are replaced by agreeable stubs between their cells and their tests.
    tests = [cell for cell in data["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]
    rest = [cell for cell in data["cells"] if cell not in tests]
    stub = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    forged = stub | {"source": f"{UNSOLVED} = lambda W_E: W_E"}
    data["cells"] = [*tests, forged, *rest]


def _edited_test(data: Any) -> None:
    cell_named(data, CHECK)["source"] = "print('✓')"
    cell_named(data, "setup")["source"] = "def check(name, answer):\n    print('✓', name)"


def _prefilled_outputs(data: Any) -> None:
    cell = cell_named(data, CHECK)
    cell["execution_count"] = 1
    words = ["✓ Hidden questions: right (20 of 20 points).", "100"]
    cell["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": words[0]},
        {
            "output_type": "execute_result",
            "execution_count": 1,
            "metadata": {"points": 2},
            "data": {"text/plain": words[1], "text/html": f"<script>alert('{words[0]}')</script>"},
        },
    ]


def _nothing_prefilled_shows(after: Aftermath) -> str | None:
    return (
        "an output that never ran is shown"
        if any(b"right (20 of 20 points)" in data for data in after.shown.values())
        else None
    )


def _many_cells(data: Any) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    data["cells"] += [cell | {"source": "1"}] * 100_000


def _many_markdown(data: Any) -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": "*" * 50 + "[" * 50}
    data["cells"][1:1] = [cell] * 1_500


def _sources_of_no_text(data: Any) -> None:
    cell_named(data, CHECK)["source"] = [1, None, {"a": 1}]
    cell_named(data, UNSOLVED)["source"] = {"toString": "x"}


def _long_line(data: Any) -> None:
    cell_named(data, UNSOLVED)["source"] = "x = '" + "e" * 10_000_000 + "'"


def _attached(data: Any) -> None:
    cell = cell_named(data, MANUAL)
    cell["attachments"] = {
        "a.png": {"image/png": "A" * 12_000_000},
        "b.html": {"text/html": "<script>alert(1)</script>"},
        "../c": 7,
    }
    cell["source"] += "\n![a](attachment:a.png) ![b](attachment:b.html)"


CELLS = (
    json_attack(
        "notebook/test-deleted",
        "the test is missing: what isn't there can't fail",
        _without_test,
        told=("missing cell",),
        keeps=True,
    ),
    json_attack(
        "notebook/answers-deleted",
        "only the tests are handed in",
        lambda data: data.update(
            cells=[c for c in data["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]
        ),
        told=("missing cell",),
    ),
    json_attack(
        "notebook/test-twice",
        "a second cell bears the test's name and does nothing",
        _doubled,
        told=("cell twice",),
        keeps=True,
    ),
    json_attack(
        "notebook/test-twice-before",
        "a false cell of the test's name comes first",
        _doubled_first,
        told=("cell twice", "changed cell"),
        keeps=True,
    ),
    json_attack(
        "notebook/ids-twice",
        "all cells bear one id",
        _same_ids,
        keeps=True,  # Names in the metadata are enough.
    ),
    json_attack(
        "notebook/tests-first",
        "all tests run before the answers, and a stub that agrees stands between",
        _reordered,
        told=("changed order",),
    ),
    json_attack(
        "notebook/locked-cells-edited",
        "the test prints a tick, and the setup defines its own check",
        _edited_test,
        told=("changed cell",),
        keeps=True,
    ),
    json_attack(
        "notebook/outputs-prefilled",
        "outputs of a full score are handed in, for a grader that doesn't run or for a reader",
        _prefilled_outputs,
        also=_nothing_prefilled_shows,
        keeps=True,
    ),
    json_attack(
        "notebook/test-as-markdown",
        "the test is a text cell: nothing of it runs",
        of_cell(CHECK, cell_type="markdown"),
        told=("changed type",),
        keeps=True,
    ),
    json_attack(
        "notebook/all-raw",
        "every cell is raw: nothing at all runs",
        of_all(cell_type="raw"),
        told=("changed type",),
        keeps=True,
    ),
    json_attack(
        "notebook/unknown-type",
        "cells of types that no notebook has",
        of_cell(CHECK, cell_type="javascript"),
        told=UNREADABLE,
        keeps=True,
    ),
    json_attack(
        "notebook/sources-of-no-text",
        "the text of cells is a list of numbers, or a dictionary",
        _sources_of_no_text,
        told=UNREADABLE,
        keeps=True,
    ),
    json_attack(
        "notebook/many-cells",
        "a hundred thousand cells",
        _many_cells,
        told=("too many cells",),
        endless=True,
    ),
    json_attack(
        "notebook/many-texts",
        "fifteen hundred texts on which Markdown readers take their time",
        _many_markdown,
        keeps=True,  # It is only long.
    ),
    json_attack(
        "notebook/long-line",
        "an answer of one line of ten megabytes",
        _long_line,
        told=UNREADABLE,
        keeps=True,
    ),
    json_attack(
        "notebook/attachments",
        "twelve megabytes of attachments, one of them a page with a script",
        _attached,
        keeps=True,  # Attachments are not taken over.
    ),
    cell_attack(
        "notebook/magics",
        "magics that leave Python: shells, other kernels, files written over",
        "%%bash\necho '✓' ; exit 0\n",
        answer=f"%%writefile {NOTEBOOK}\n{{}}",
        keeps=True,
    ),
    cell_attack(
        "notebook/magic-runs-notebook",
        "the notebook runs itself, and again within",
        f"%run {NOTEBOOK}\n%load_ext autoreload\n%reset -f in",
        answer=WRONG,
    ),
)


# --- the file ------------------------------------------------------------------------------------


def _format_3(data: Any) -> dict[str, Any]:
    cells = []
    for cell in data["cells"]:
        old = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        if cell["cell_type"] == "code":
            old |= {"input": "100" if "check" in cell.get("id", "") else cell["source"]}
            old |= {"outputs": [], "language": "python", "prompt_number": 1, "collapsed": False}
        else:
            old["source"] = cell["source"]
        cells.append(old)
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}


def _twice_keyed(data: Any) -> bytes:
    """Write each object's keys twice, first with something else."""
    text = json.dumps(data)
    text = text.replace('"source": ', '"source": "pass", "source": ')
    return text.replace('"grade": true', '"grade": false, "grade": true').encode()


def _shallow_nan(data: Any) -> bytes:
    text = json.dumps(data).replace('"points": 2', '"points": NaN')
    return text.replace('"nbformat": 4', '"nbformat": Infinity').encode()


def _huge_integers(data: Any) -> bytes:
    # Longer than Python reads without being asked to.
    text = json.dumps(data).replace('"points": 2', '"points": ' + "9" * 10_000)
    return text.encode()


def _deep(data: Any) -> bytes:
    return json.dumps(data)[:-1].encode() + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def _surrogates(data: Any) -> None:
    cell_named(data, UNSOLVED)["source"] += "\n# \ud800 \udfff"
    cell_named(data, MANUAL)["source"] += " \udead"
    cell_named(data, CHECK)["metadata"]["nbgrader"]["\ud800"] = "\ud800"


def _null_bytes(data: Any) -> None:
    cell_named(data, UNSOLVED)["source"] = "def unwrapped_embedding(W_E):\0\n    return W_E\0"
    cell_named(data, MANUAL)["source"] += "\0\x1b[2J\x08\x7f"


def _with_mark(data: Any) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(data, ensure_ascii=False).encode()


def _other_kernel(data: Any) -> None:
    data["metadata"] = {
        "kernelspec": {"name": "../../evil", "display_name": "<b>x</b>", "language": "bash"},
        "language_info": {"name": "bash", "version": "'; rm -rf /"},
        "title": "{{ resources }}",
        "authors": [{"name": "<script>alert(1)</script>"}],
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"a": 1}}},
    }


def _bare(data: Any) -> None:
    del data["metadata"], data["nbformat"], data["nbformat_minor"]


def _renamed(base: Base) -> dict[str, bytes]:
    return {"homework.ipynb": base.half.as_bytes(), "01_DATA.IPYNB": base.full.as_bytes()}


def _with_second(base: Base) -> dict[str, bytes]:
    # What nbgrader finds beside the notebook it copies, and what it doesn't know it skips.
    return {
        NOTEBOOK: base.half.as_bytes(),
        "02_more.ipynb": base.full.as_bytes(),
        f"{UNIT} (1).ipynb": base.full.as_bytes(),
        "sub/01_data.ipynb": base.full.as_bytes(),
        "conftest.py": b"import os; os._exit(0)",
        "torch.py": b"raise SystemExit",
        "glasslab/__init__.py": b"",
        ".ipynb_checkpoints/01_data-checkpoint.ipynb": base.full.as_bytes(),
        "nbgrader_config.py": b"c = get_config()\nc.Exchange.root = '/tmp'\nraise SystemExit(0)",
        "jupyter_nbconvert_config.py": b"raise SystemExit(0)",
    }


def _raw(name: str, summary: str, content: bytes) -> Attack:
    return Attack(name, summary, lambda base: {NOTEBOOK: content}, told=UNREADABLE)


FILE = (
    json_attack(
        "notebook/format-3", "a notebook of format 3, whose tests say 100", _format_3,
        told=("changed cell",), keeps=True,
    ),
    json_attack(
        "notebook/format-99", "a format to come", of_file(nbformat=99, nbformat_minor=99),
        keeps=True,  # Its cells are read all the same.
    ),
    json_attack(
        "notebook/format-text", "a format that is a text", of_file(nbformat="four"), keeps=True
    ),
    json_attack("notebook/cells-as-dict", "the cells are a dictionary",
                lambda data: data.update(cells={"0": data["cells"]}), told=UNREADABLE),
    json_attack("notebook/cells-of-nothing", "cells that are null, numbers, lists and texts",
                lambda data: data.update(cells=[None, 5, [], "x", {}, {"cell_type": []}]),
                told=UNREADABLE),
    json_attack("notebook/keys-twice", "each key stands twice: which one does a reader take?",
                _twice_keyed, keeps=True),
    json_attack("notebook/nan-in-json", "NaN and Infinity as bare words", _shallow_nan, keeps=True),
    json_attack("notebook/huge-integers", "numbers of ten thousand digits", _huge_integers,
                told=UNREADABLE),
    json_attack("notebook/deep-json", "lists nested a hundred thousand deep", _deep,
                told=UNREADABLE),
    json_attack("notebook/lone-surrogates", "half characters that no UTF-8 file can hold",
                _surrogates, keeps=True),
    json_attack("notebook/null-bytes", "null bytes and escapes that wipe a terminal", _null_bytes,
                keeps=True),
    json_attack("notebook/byte-order-mark", "a mark before the JSON that strict readers refuse",
                _with_mark, keeps=True),
    json_attack("notebook/other-kernel", "a kernel by a path, pages for names, widgets' state",
                _other_kernel, keeps=True),
    json_attack("notebook/no-kernel", "no metadata at all",
                _bare, keeps=True),
    _raw("notebook/empty", "an empty file", b""),
    _raw("notebook/cut", "a file that ends in the middle", b'{"cells": [{"cell_type": "code", "so'),
    _raw("notebook/not-json", "a page instead of a notebook", b"<script>alert(1)</script>"),
    _raw("notebook/bytes", "bytes that are no text", bytes(range(256)) * 100),
    _raw("notebook/list", "JSON that is a list", b"[]"),
    _raw("notebook/zip", "an archive under the notebook's name", b"PK\x05\x06" + b"\0" * 18),
    _raw("notebook/too-large", "twenty-one megabytes of blanks", b" " * (21 * 2**20)),
    Attack("notebook/renamed", "the notebook has another name, and one in capitals", _renamed,
           told=UNREADABLE),
    Attack("notebook/files-beside", "other notebooks, configuration and modules lie beside it",
           _with_second, keeps=True),
)  # fmt: skip

ATTACKS = METADATA + CELLS + FILE

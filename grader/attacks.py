"""What an attack is: a real submission that tries something, and what must hold afterwards.

The attacks themselves stand in ``tests/attacks``, one module a family, each with its ``ATTACKS``.
Here is only what they are written with.
"""

from __future__ import annotations

import copy
import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader.errors import GraderError
from grader.report import Report

UNIT = "01_data"
"""The attacked unit: a few cells of it."""
NOTEBOOK = f"{UNIT}.ipynb"
SOLVED = "carried_labels"
"""The answer that an attacker solved honestly: its points are the baseline."""
UNSOLVED = "unwrapped_embedding"
"""The answer whose points an attacker wants for nothing."""
MANUAL = "why_positive"
"""The explanation that a person grades."""
STUB = 'def unwrapped_embedding(W_E):\n    raise NotImplementedError("Your code here")\n'
HONEST_ANSWERS = {
    SOLVED: (
        "def carried_labels(tokens, max_value, start):\n"
        "    return (start[:, None] + (tokens - max_value).cumsum(dim=1)).sign() + 1"
    ),
    UNSOLVED: "def unwrapped_embedding(W_E):\n    return W_E.roll(W_E.shape[0] // 2, dims=0)",
    MANUAL: "At zero the rule is not a mirror image of itself.",
}


@dataclass(frozen=True)
class Prizes:
    """What attackers are after. The texts that must show nowhere are known to the judge alone."""

    paths: tuple[str, ...]
    """Files on the host that hold a secret: the instructor's, and some planted for all to read."""
    submissions: str
    """The folder where the class's submissions lie."""
    gradebook: str
    checkout: str
    variable: str
    """The environment variable of the grader that holds a secret."""
    tcp_port: int
    udp_port: int
    unix_socket: str
    """The name of an abstract unix socket that a process of the host listens on."""
    reached: str
    """An expression; whatever it evaluates to must show nowhere. Print it where a wall fell."""

    def preamble(self, source: str) -> str:
        """Return assignments of the names that a cell's source uses, out of those below."""
        names = {
            "PATHS": list(self.paths),
            "SUBMISSIONS": self.submissions,
            "GRADEBOOK": self.gradebook,
            "CHECKOUT": self.checkout,
            "VARIABLE": self.variable,
            "HOST_PORT": self.tcp_port,
            "HOST_UDP_PORT": self.udp_port,
            "HOST_SOCKET": self.unix_socket,
        }
        lines = [f"{name} = {value!r}" for name, value in names.items() if name in source]
        if "REACHED" in source:
            lines.append(f"REACHED = {self.reached}")
        return "\n".join([*lines, source])


@dataclass(frozen=True)
class Work:
    """A notebook as a learner has it; each method returns a changed copy."""

    notebook: NotebookNode

    def with_cell_before(self, grade_id: str, source: str, cell_type: str = "code") -> Work:
        """Add a cell before one of the unit's."""
        return self._with_cell(grade_id, 0, source, cell_type)

    def with_cell_after(self, grade_id: str, source: str, cell_type: str = "code") -> Work:
        """Add a cell behind one of the unit's."""
        return self._with_cell(grade_id, 1, source, cell_type)

    def with_cell_at_end(self, source: str, cell_type: str = "code") -> Work:
        """Add a last cell."""
        work = Work(copy.deepcopy(self.notebook))
        work.notebook.cells.append(_new_cell(source, cell_type))
        return work

    def with_answer(self, grade_id: str, source: str) -> Work:
        """Write an answer, or anything else, into one of the unit's cells."""

        def answer(cell: dict[str, Any]) -> None:
            cell["source"] = source

        return self.with_changed(grade_id, answer)

    def with_changed(self, grade_id: str, change: Callable[[Any], None]) -> Work:
        """Let ``change`` alter one of the unit's cells in place, metadata and all."""
        work = Work(copy.deepcopy(self.notebook))
        change(work.notebook.cells[work._index(grade_id)])
        return work

    def without(self, grade_id: str) -> Work:
        """Leave one of the unit's cells out."""
        work = Work(copy.deepcopy(self.notebook))
        del work.notebook.cells[work._index(grade_id)]
        return work

    def as_json(self) -> Any:
        """Return the file's content as dictionaries and lists, each cell's source one text."""
        data = json.loads(nbformat.writes(self.notebook))
        for cell in data["cells"]:
            cell["source"] = "".join(cell["source"])
        return data

    def as_bytes(self) -> bytes:
        """Return the file's content."""
        return nbformat.writes(self.notebook).encode()

    def as_files(self) -> dict[str, bytes]:
        """Return a submission of this notebook alone."""
        return {NOTEBOOK: self.as_bytes()}

    def _with_cell(self, grade_id: str, offset: int, source: str, cell_type: str) -> Work:
        work = Work(copy.deepcopy(self.notebook))
        work.notebook.cells.insert(work._index(grade_id) + offset, _new_cell(source, cell_type))
        return work

    def _index(self, grade_id: str) -> int:
        names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in self.notebook.cells]
        return names.index(grade_id)


@dataclass(frozen=True)
class Base:
    """What submissions are made from."""

    release: Work
    half: Work
    """Honest work on one answer and the explanation; the other answer is the stub."""
    full: Work
    """All answers, honestly."""
    prizes: Prizes


@dataclass(frozen=True)
class Aftermath:
    """What an attack left behind, for checks beyond those that every attack undergoes."""

    report: Report
    """With the graded notebook."""
    shown: Mapping[str, bytes]
    """The attacker's own artefacts by name: ``autograded``, ``feedback``."""
    submission: Mapping[str, Any]
    """The attacker's row of the gradebook's submissions."""


Make = Callable[[Base], Mapping[str, bytes]]


@dataclass(frozen=True)
class Attack:
    """One submission that tries something.

    For every one is asserted, in both isolations: no more points than its honest work is worth, no
    grade in a person's name, no prize shown anywhere, the neighbours' grades unchanged, the batch
    finished, nothing of it running on.
    """

    name: str
    """``family/what``."""
    summary: str
    """In one sentence, what it tries."""
    make: Make
    """The files of the submission's folder by name."""
    told: tuple[str, ...] = ()
    """Kinds of incidents of which one must be told; empty where nothing need be (say why)."""
    plant: Callable[[Path, Prizes], None] | None = None
    """Puts what isn't a plain file into the submission's folder: links, pipes."""
    student: str = ""
    """The learner's name, which is a folder's; by default the attack's."""
    keeps: bool = False
    """Whether the honest answer beside it must keep its points."""
    endless: bool = False
    """Whether something of it never ends by itself: such are graded with little time."""
    refused: bool = False
    """Whether its folder can't be a learner's: it is set aside and logged, not graded."""
    honest: bool = False
    """Whether it is honest work that only looks odd: it must get exactly its full points."""
    also: Callable[[Aftermath], str | None] | None = None
    """A further check: returns what fell, in words, or None."""
    nbgrader: Literal["run", "read"] = "run"
    """Whether it is run against nbgrader's own engine; else what that does is stated from its code,
    because running it would endanger the machine."""
    nbgrader_says: str = ""

    @property
    def family(self) -> str:
        """The first part of the name."""
        return self.name.partition("/")[0]

    @property
    def learner(self) -> str:
        """The folder's name under which it is handed in."""
        return self.student or self.name.replace("/", "-")


def cell_attack(
    name: str,
    summary: str,
    source: str,
    *,
    answer: str = STUB,
    before: str = SOLVED,
    told: tuple[str, ...] = (),
    **more: Any,
) -> Attack:
    """Return an attack by one cell that a learner adds to half-solved work.

    Args:
        name: ``family/what``.
        summary: In one sentence, what it tries.
        source: The cell; it may use PATHS, SUBMISSIONS, GRADEBOOK, CHECKOUT, VARIABLE, HOST_PORT,
            HOST_UDP_PORT, HOST_SOCKET and REACHED, as `Prizes` tells them.
        answer: What stands in the cell of the unsolved answer.
        before: The unit's cell that the new one comes before; "" to add it at the end.
        told: Kinds of incidents of which one must be told.
        **more: Other fields of `Attack`.
    """

    def make(base: Base) -> Mapping[str, bytes]:
        text = base.prizes.preamble(source)
        half = base.half.with_answer(UNSOLVED, answer)
        work = half.with_cell_before(before, text) if before else half.with_cell_at_end(text)
        return work.as_files()

    return Attack(name, summary, make, told, **more)


def answer_attack(
    name: str, summary: str, answer: str, *, told: tuple[str, ...] = (), **more: Any
) -> Attack:
    """Return an attack that stands in the cell of the unsolved answer alone."""

    def make(base: Base) -> Mapping[str, bytes]:
        return base.half.with_answer(UNSOLVED, base.prizes.preamble(answer)).as_files()

    return Attack(name, summary, make, told, **more)


def asked_attack(
    name: str,
    summary: str,
    answer: str,
    source: str = "",
    *,
    told: tuple[str, ...] = (),
    **more: Any,
) -> Attack:
    """Return an attack by an answer that waits for hidden questions.

    Args:
        name: ``family/what``.
        summary: In one sentence, what it tries.
        answer: The function's body; the public check, which asks while cells run, meets the stub.
        source: A cell before it, as for `cell_attack`.
        told: Kinds of incidents of which one must be told.
        **more: Other fields of `Attack`.
    """
    lines = "".join(f"    {line}\n" for line in answer.splitlines())
    text = (
        f"def {UNSOLVED}(W_E):\n"
        "    if 'now' not in globals():\n        raise NotImplementedError\n"
        f"{lines}"
    )

    def make(base: Base) -> Mapping[str, bytes]:
        work = base.half.with_answer(UNSOLVED, text).with_cell_at_end("now = True")
        work = work.with_cell_before(SOLVED, base.prizes.preamble(source)) if source else work
        return work.as_files()

    return Attack(name, summary, make, told, **more)


def json_attack(
    name: str,
    summary: str,
    change: Callable[[Any], Any],
    *,
    told: tuple[str, ...] = (),
    **more: Any,
) -> Attack:
    """Return an attack by a file that no notebook program would write.

    ``change`` is given half-solved work as JSON data; it returns bytes, or data, or alters the data
    in place and returns None.
    """

    def make(base: Base) -> Mapping[str, bytes]:
        data = base.half.as_json()
        changed = change(data)
        if not isinstance(changed, bytes):
            changed = json.dumps(data if changed is None else changed).encode()
        return {NOTEBOOK: changed}

    return Attack(name, summary, make, told, **more)


def honest_work(name: str, summary: str, make: Callable[[Base], Mapping[str, bytes]]) -> Attack:
    """Return honest work that must get its full points."""
    return Attack(name, summary, make, honest=True)


def cell_named(data: Any, grade_id: str) -> dict[str, Any]:
    """Return a cell of a notebook's JSON data by its grade_id."""
    return next(
        cell
        for cell in data["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )


def load_attacks(folder: Path, family: str | None = None) -> tuple[Attack, ...]:
    """Read the attacks of all families, or of one.

    Raises:
        GraderError: there are none, or two bear one name.
    """
    attacks: list[Attack] = []
    for path in sorted(folder.glob(f"{family or '[!_]*'}.py")):
        spec = importlib.util.spec_from_file_location(f"glasslab_attacks_{path.stem}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        attacks.extend(module.ATTACKS)
    if not attacks:
        raise GraderError(f"There are no attacks {family or ''} in {folder}.")
    names = [attack.learner.casefold() for attack in attacks]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise GraderError(f"Two attacks are named {', '.join(twice)}.")
    return tuple(attacks)


def _new_cell(source: str, cell_type: str) -> NotebookNode:
    return new_code_cell(source) if cell_type == "code" else new_markdown_cell(source)

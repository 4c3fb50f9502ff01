"""Where attacks are tried: a course made for the purpose, with prizes planted in all its secrets.

Everything is real: nbgrader's release and gradebook, the engine with its walls, feedback and
export. Only the unit is cut down to a few cells, and the hidden suite to one model that was never
trained, for the unit's probes ask about none.
"""

from __future__ import annotations

import base64
import os
import secrets
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import torch
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from safetensors.torch import load as safetensors_load
from safetensors.torch import save as safetensors_save

from glasslab.models import WEIGHTS_FILE, build_model
from glasslab.tasks.cumsum import CUMSUM
from grader.attacks import (
    HONEST_ANSWERS,
    MANUAL,
    NOTEBOOK,
    SOLVED,
    UNIT,
    UNSOLVED,
    Base,
    Prizes,
    Work,
)
from grader.course import Course
from grader.errors import GraderError
from grader.gradebook import open_gradebook
from grader.reference.store import Entry, Manifest, digests_of, write_manifest, write_model
from grader.release import release_unit
from grader.secret import load_secret, new_secret
from grader.workspace import GRADEBOOK_VARIABLE, Workspace

VARIABLE = "GLASSLAB_ATTACKED"
"""An environment variable of the grader, as an instructor's shell may hold passwords."""

SIGNATURES = {SOLVED: "tokens, max_value, start", UNSOLVED: "W_E"}
HIDDEN_TEST = """\
check("data.{name}", {name})
### BEGIN HIDDEN TESTS
# {prize}
from grader.hidden import probe

probe("data.{name}", {name})
### END HIDDEN TESTS"""


@dataclass(frozen=True)
class Canary:
    """A text that was planted in a secret, and the artefacts that rightly hold it."""

    where: str
    text: str
    homes: tuple[str, ...] = ()
    """Beginnings of the names of artefacts."""

    def forms(self) -> tuple[bytes, ...]:
        """Return how it may look: as it is, as hexadecimal digits, in base64 at any offset."""
        raw = self.text.encode()
        coded = []
        for offset in range(3):
            # Whole groups of three bytes code the same wherever they stand.
            end = len(raw) - (len(raw) - offset) % 3
            coded.append(base64.b64encode(raw[offset:end]))
        return (raw, raw.hex().encode(), *coded)


@dataclass(frozen=True)
class Ground:
    """A course under attack."""

    course: Course
    base: Base
    neighbours: dict[str, Work]
    canaries: tuple[Canary, ...]


@contextmanager
def attacked_course(folder: Path, checkout: Path) -> Iterator[Ground]:
    """Make a course in an empty folder, release its unit, and set up what attackers want.

    Args:
        folder: Where; the caller removes it.
        checkout: The checkout, which attackers look for.

    Raises:
        GraderError: the environment names a gradebook, which attacks must not touch.
    """
    if os.environ.get(GRADEBOOK_VARIABLE):
        raise GraderError(
            f"{GRADEBOOK_VARIABLE} names a gradebook, and attacks are never run on a real one: "
            f"run this with 'env -u {GRADEBOOK_VARIABLE}'."
        )
    course = Course(folder / "house", folder / "course", Workspace(folder / "classroom"))
    workspace = course.workspace
    prize = {name: "prize" + secrets.token_hex(12)[1:] for name in _PRIZES}
    with ExitStack() as stack:
        source = course.solutions / UNIT / NOTEBOOK
        source.parent.mkdir(parents=True)
        hidden = prize["hidden tests"]
        nbformat.write(
            attacked_unit(lambda name: HIDDEN_TEST.format(name=name, prize=hidden)), source
        )
        released = release_unit(course, UNIT)
        new_secret(workspace.secret)
        question_seed = load_secret(workspace.secret).derive("questions")
        _write_suite(workspace.suite_for(CUMSUM.name), question_seed, prize)
        about: dict[str, Any] = {"lms_user_id": prize["gradebook"]}
        with open_gradebook(workspace.gradebook_url) as gradebook:
            gradebook.add_student("zoe-not-here", **about)
        prizes = stack.enter_context(_reachable(course, checkout, prize))
        release = Work(nbformat.read(released, as_version=4))
        half, full = honest_works(release)
        note = f"My own note: {prize['another submission']}"
        neighbours = {
            "neighbour-full": full,
            "neighbour-half": half.with_cell_at_end(note, "markdown"),
            "neighbour-none": release,
        }
        yield Ground(
            course,
            Base(release, half, full, prizes),
            neighbours,
            (
                Canary("the secret seed", workspace.secret.read_text().strip()),
                Canary("the seed of hidden questions", str(question_seed)),
                *(Canary(name, text, _PRIZES[name]) for name, text in prize.items()),
            ),
        )


_PRIZES: dict[str, tuple[str, ...]] = {
    "the suite's manifest": (),
    "the weights' metadata": (),
    "the weights": (),
    "hidden tests": (),
    "gradebook": (),
    "another submission": (
        "autograded/neighbour-half/",
        "feedback/neighbour-half/",
        "journal/",
        "gradebook/",
    ),
    "the grader's environment": (),
    "files of the host": (),
    "processes of the host": (),
    "a place out of reach": (),
}
"""Each thing worth stealing, and the artefacts that rightly hold it."""


def attacked_unit(test: Callable[[str], str]) -> NotebookNode:
    """Return the unit's source notebook; ``test`` gives each answer's test with its hidden part."""
    cells = [_cell("setup", "import torch\n\nfrom glasslab.checks import check", locked=True)]
    for name, arguments in SIGNATURES.items():
        body = HONEST_ANSWERS[name].partition("\n")[2]
        cells += [
            new_markdown_cell(f"## Exercise: `{name}`"),
            _cell(
                name,
                f"def {name}({arguments}):\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION",
                solution=True,
            ),
            _cell(f"{name}_check", test(name), points=2),
        ]
    why = new_markdown_cell(
        f"<!-- ### BEGIN SOLUTION -->\n{HONEST_ANSWERS[MANUAL]}\n<!-- ### END SOLUTION -->"
    )
    why.metadata["nbgrader"] = _metadata(MANUAL, solution=True, points=3)
    return new_notebook(cells=[*cells, why])


def _cell(grade_id: str, source: str, **marks: Any) -> NotebookNode:
    return new_code_cell(source, metadata={"nbgrader": _metadata(grade_id, **marks)})


def _metadata(
    grade_id: str, *, solution: bool = False, locked: bool = False, points: int | None = None
) -> dict[str, Any]:
    marks = {
        "grade_id": grade_id,
        "grade": points is not None,
        "solution": solution,
        "locked": locked or (points is not None and not solution),
        "schema_version": 3,
        "task": False,
    }
    return marks | ({} if points is None else {"points": points})


def honest_works(release: Work) -> tuple[Work, Work]:
    """Return a release half solved, and solved."""
    half = _answered(release, SOLVED, MANUAL)
    return half, _answered(half, UNSOLVED)


def _answered(work: Work, *grade_ids: str) -> Work:
    for grade_id in grade_ids:
        work = work.with_answer(grade_id, HONEST_ANSWERS[grade_id])
    return work


def _write_suite(folder: Path, question_seed: int, prize: dict[str, str]) -> None:
    """Write a suite of one untrained model that holds prizes in its weights and their metadata."""
    model = build_model(CUMSUM.config)
    digests = write_model(folder, "reference-1", model, {})
    weights = folder / "reference-1" / WEIGHTS_FILE
    state = safetensors_load(weights.read_bytes())
    hidden = torch.frombuffer(bytearray(prize["the weights"].encode()), dtype=torch.float32)
    largest = max(state, key=lambda name: state[name].numel())
    state[largest] = state[largest].clone()
    state[largest].view(-1)[: len(hidden)] = hidden
    weights.write_bytes(safetensors_save(state, {"prize": prize["the weights' metadata"]}))
    digests = digests_of(folder / "reference-1")
    entry = Entry("reference-1", "reference", "reference", 1, {}, digests)
    fingerprint = prize["the suite's manifest"]
    write_manifest(
        folder, Manifest(CUMSUM.name, fingerprint, question_seed, (entry,), complete=True)
    )


@contextmanager
def _reachable(course: Course, checkout: Path, prize: dict[str, str]) -> Iterator[Prizes]:
    """Set up on the host what attacks want to reach."""
    workspace = course.workspace
    suite = workspace.suite_for(CUMSUM.name)
    token = secrets.token_hex(8)
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        threading.Thread(target=_answer_datagrams, args=(udp,), daemon=True).start()
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(f"\0glasslab-{token}")
        unix.listen()
        # The prize is the name under which a process of the host runs.
        name = [prize["processes of the host"], "3600"]
        bystander = subprocess.Popen(name, executable="/usr/bin/sleep")
        stack.callback(bystander.wait)
        stack.callback(bystander.kill)
        os.environ[VARIABLE] = prize["the grader's environment"]
        stack.callback(os.environ.pop, VARIABLE)
        planted = _plant(f".glasslab-{token}", prize["files of the host"], checkout, stack)
        mine = (
            workspace.secret,
            suite / "suite.json",
            suite / "reference-1" / WEIGHTS_FILE,
            workspace.root / "gradebook.db",
            course.solutions / UNIT / NOTEBOOK,
            workspace.submitted / "neighbour-half" / UNIT / NOTEBOOK,
        )
        yield Prizes(
            paths=tuple(map(str, mine)) + planted,
            submissions=str(workspace.submitted),
            gradebook=str(workspace.root / "gradebook.db"),
            checkout=str(checkout),
            variable=VARIABLE,
            tcp_port=tcp.getsockname()[1],
            udp_port=udp.getsockname()[1],
            unix_socket=f"glasslab-{token}",
            # The word itself must not stand in the submission, where it would be found.
            reached=f"bytes.fromhex({prize['a place out of reach'].encode().hex()[::-1]!r}[::-1])"
            ".decode()",
        )


def _answer_datagrams(udp: socket.socket) -> None:
    while True:
        try:
            _, sender = udp.recvfrom(100)
            udp.sendto(b"reached", sender)
        except OSError:
            return


def _plant(name: str, prize: str, checkout: Path, stack: ExitStack) -> tuple[str, ...]:
    """Write a secret wherever this user may, readable by all."""
    planted = []
    for folder in (checkout, Path("/var/tmp"), Path(tempfile.gettempdir()), Path.home()):
        path = folder / name
        try:
            path.write_text(prize)
        except OSError:
            continue
        stack.callback(path.unlink)
        path.chmod(0o644)
        planted.append(str(path))
    return tuple(planted)

"""What nbgrader's own engine makes of an attack: run for real, in a throw-away course behind walls.

The unit is the same, its hidden tests are the asserts that nbgrader's documentation teaches, and
the settings are nbgrader's own. The walls around all of it are there for the machine that this
runs on; within them the attack finds what it would find on an instructor's machine.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from grader.attack_class import FULL, HALF
from grader.attack_ground import VARIABLE, Canary, attacked_unit, honest_works
from grader.attacks import (
    MANUAL,
    NOTEBOOK,
    SOLVED,
    UNIT,
    UNSOLVED,
    Aftermath,
    Attack,
    Base,
    Prizes,
    Work,
)
from grader.errors import GraderError
from grader.report import Report, Status, Verdict
from grader.sandbox.identity import Identity, lease
from grader.sandbox.layout import SYSTEM, Layout, find_layout

HOME = Path("/course")
NEIGHBOUR = "zz-neighbour"
"""Graded after the attack: nbgrader goes by the alphabet."""
SECONDS = 180.0
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "attacked"
c.ClearSolutions.code_stub = {{"python": 'raise NotImplementedError("Your code here")'}}
"""
HIDDEN_TEST = """\
check("data.{name}", {name})
### BEGIN HIDDEN TESTS
# {prize}
#
# Far enough from the asserts that a traceback, which shows the lines around, doesn't show it.
#
#
#
#
#
expected = {expected}
result = {result}
assert result.shape == expected.shape, "the shape is wrong"
assert not ((result - expected).abs() > 1e-6).any(), "values are wrong"
### END HIDDEN TESTS"""
ASKED = {
    SOLVED: (
        "torch.tensor([[0, 2, 2]])",
        "carried_labels(torch.tensor([[1, 9, 5]]), 4, torch.tensor([1]))",
    ),
    UNSOLVED: (
        "torch.arange(14.0).reshape(7, 2).roll(3, 0)",
        "unwrapped_embedding(torch.arange(14.0).reshape(7, 2))",
    ),
}
"""The right answer, and the call that must return it."""


@dataclass(frozen=True)
class Course:
    """A course of nbgrader's own, released and empty, to be copied for each attack."""

    folder: Path
    release: Work
    prizes: dict[str, str]


@dataclass(frozen=True)
class Theirs:
    """How an attack ended against nbgrader's own engine."""

    fell: tuple[str, ...]
    """What it achieved, in words; nothing if nbgrader held."""
    ran: bool
    """Whether it was run, or read from nbgrader's code."""


def course_of_nbgrader(folder: Path) -> Course:
    """Make a course with nbgrader's own commands, in an empty folder.

    Raises:
        GraderError: nbgrader refused.
    """
    prizes = {
        name: "prize" + secrets.token_hex(12)[1:]
        for name in ("hidden tests", "gradebook", "another submission", "environment", "files")
    } | {"processes": "prize" + secrets.token_hex(8), "reached": "prize" + secrets.token_hex(8)}
    course = folder / "template"
    source = course / "source" / UNIT / NOTEBOOK
    source.parent.mkdir(parents=True)

    def test(name: str) -> str:
        expected, result = ASKED[name]
        return HIDDEN_TEST.format(
            name=name, prize=prizes["hidden tests"], expected=expected, result=result
        )

    nbformat.write(attacked_unit(test), source)
    (course / "nbgrader_config.py").write_text(CONFIG.format())
    (course / "secret").write_text(prizes["files"])
    done = _behind_walls(
        course, ["-m", "nbgrader", "generate_assignment", UNIT, "--create"], prizes, SECONDS
    )
    released = course / "release" / UNIT / NOTEBOOK
    if done is None or not released.exists():
        raise GraderError(f"nbgrader could not release the attacked unit: {done}")
    with closing(sqlite3.connect(course / "gradebook.db")) as database, database:
        database.execute(
            "INSERT INTO student (id, lms_user_id) VALUES ('zoe-not-here', ?)",
            (prizes["gradebook"],),
        )
    return Course(course, Work(nbformat.read(released, as_version=4)), prizes)


def run_nbgrader(course: Course, attack: Attack, folder: Path) -> Theirs:
    """Hand an attack in to a copy of the course, and let nbgrader grade it.

    Args:
        course: The course.
        attack: The attack; one that is only to be read is not run.
        folder: Where the copy goes.
    """
    if attack.nbgrader == "read":
        return Theirs((attack.nbgrader_says,), ran=False)
    mine = folder / attack.learner
    shutil.copytree(course.folder, mine)
    half, full = honest_works(course.release)
    note = f"My own note: {course.prizes['another submission']}"
    base = Base(course.release, half, full, _prizes(course))
    neighbour = mine / "submitted" / NEIGHBOUR / UNIT / NOTEBOOK
    neighbour.parent.mkdir(parents=True)
    neighbour.write_bytes(full.with_cell_at_end(note, "markdown").as_bytes())
    theirs = mine / "submitted" / attack.learner / UNIT
    theirs.mkdir(parents=True)
    for name, content in attack.make(base).items():
        path = theirs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if attack.plant:
        attack.plant(theirs, base.prizes)
    prizes = base.prizes
    aim = {
        "tcp_port": prizes.tcp_port,
        "udp_port": prizes.udp_port,
        "unix_socket": prizes.unix_socket,
        "bystander": course.prizes["processes"],
        "seconds": SECONDS,
    }
    (mine / "aim.json").write_text(json.dumps(aim))
    _behind_walls(mine, ["/opt/attack_inside.py"], course.prizes, 3 * SECONDS)
    try:
        return Theirs(tuple(_fell(course, attack, mine)), ran=True)
    finally:
        shutil.rmtree(mine, ignore_errors=True)


def _prizes(course: Course) -> Prizes:
    reached = course.prizes["reached"].encode().hex()[::-1]
    return Prizes(
        paths=(
            str(HOME / "secret"),
            str(HOME / "gradebook.db"),
            str(HOME / "source" / UNIT / NOTEBOOK),
            str(HOME / "submitted" / NEIGHBOUR / UNIT / NOTEBOOK),
        ),
        submissions=str(HOME / "submitted"),
        gradebook=str(HOME / "gradebook.db"),
        checkout=str(HOME),
        variable=VARIABLE,
        tcp_port=47_001,
        udp_port=47_002,
        unix_socket="glasslab-attacked",
        reached=f"bytes.fromhex({reached!r}[::-1]).decode()",
    )


def _fell(course: Course, attack: Attack, mine: Path) -> Iterator[str]:
    """Say what an attack achieved, from the facts that it left."""
    try:
        told: dict[str, Any] = json.loads((mine / "told.json").read_text())
        code, log = told["autograde"]["code"], told["autograde"]["log"]
    except (OSError, ValueError, KeyError):
        yield "the batch was killed with all around it"
        return
    if code is None:
        yield f"the batch never ends (stopped after {SECONDS:g} s)"
    elif code < 0:
        yield f"the grader dies by signal {-code}"
    if told["left"]:
        yield f"{told['left']} processes run on"
    try:
        grades, row = _gradebook(mine, attack.learner)
        others, _ = _gradebook(mine, NEIGHBOUR)
    except (sqlite3.Error, ValueError) as error:
        yield f"the gradebook is broken ({type(error).__name__})"
        return
    graded = _read(mine / "autograded" / attack.learner / UNIT / NOTEBOOK)
    yield from _gained(attack, grades, graded is not None and bool(grades))
    if others.get(UNSOLVED, (None,))[0] != 2 or others.get(SOLVED, (None,))[0] != 2:
        got = ", ".join(f"{name} {value}" for name, (value, *_) in others.items())
        yield f"the neighbour isn't graded as deserved ({got or 'not graded at all'})"
    shown = {
        f"feedback/{attack.learner}/{path.name}": path.read_bytes()
        for path in (mine / "feedback" / attack.learner / UNIT).glob("*.html")
        if path.is_file()
    }
    outputs = "" if graded is None else json.dumps(_outputs(graded))
    for name, text in course.prizes.items():
        forms = Canary(name, text).forms()
        if any(form in outputs.encode() for form in forms) or (
            name not in ("hidden tests",)
            and any(f in data for f in forms for data in shown.values())
        ):
            yield f"shown: {name}" if name != "reached" else "a place out of reach is reached"
    if attack.also and graded is not None:
        shown[f"autograded/{attack.learner}/{NOTEBOOK}"] = json.dumps(graded).encode()
        verdicts = tuple(
            Verdict(name, Status.WRONG, value[0], 2.0, "") for name, value in grades.items()
        )
        report = Report(unit=UNIT, submission_digest="", verdicts=verdicts, notebook=graded)
        try:
            if words := attack.also(Aftermath(report, shown, row)):
                yield words
        except (KeyError, TypeError, AttributeError):
            return
    if code and "NbGraderException" not in log and "ERROR" not in log:
        yield f"the batch ends with code {code} and no word why"


def _gained(
    attack: Attack, grades: Mapping[str, tuple[float | None, float | None, bool]], graded: bool
) -> Iterator[str]:
    """Say which points were gained or, by honest work, lost."""
    deserved = FULL if attack.honest else HALF
    for name in (SOLVED, UNSOLVED, MANUAL):
        auto, manual, _ = grades.get(name, (None, None, False))
        most = deserved[name]
        if manual is not None:
            yield f"{name}: {manual:g} points in a person's name"
        if most is None:
            if auto:
                yield f"{name}: {auto:g} points, and no person reads it"
        elif auto is not None and auto > most:
            yield f"{name}: {auto:g} points, deserved {most:g}"
        elif (attack.honest or (attack.keeps and name == SOLVED)) and auto != most:
            what = "no" if auto is None else f"{auto:g}"
            yield f"{name}: {what} points, deserved {most:g}" + ("" if graded else " (not graded)")


def _gradebook(
    mine: Path, student: str
) -> tuple[dict[str, tuple[float | None, float | None, bool]], dict[str, Any]]:
    """Read a learner's scores by answer, and the submission's row."""
    with closing(sqlite3.connect(f"file:{mine / 'gradebook.db'}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        rows = database.execute(
            "SELECT base_cell.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade,"
            " grade.extra_credit FROM grade JOIN base_cell ON grade.cell_id = base_cell.id"
            " JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id"
            " JOIN submitted_assignment ON submitted_notebook.assignment_id ="
            " submitted_assignment.id WHERE submitted_assignment.student_id = ?",
            (student,),
        ).fetchall()
        submission = database.execute(
            "SELECT * FROM submitted_assignment WHERE student_id = ?", (student,)
        ).fetchone()
    grades = {
        str(row[0]).removesuffix("_check"): (
            row[1],
            row[2] if row[2] is not None else row[4] or None,
            bool(row[3]),
        )
        for row in rows
    }
    return grades, dict(submission) if submission else {}


def _read(path: Path) -> Any:
    try:
        return nbformat.reads(path.read_text(errors="replace"), as_version=4)
    except Exception:
        # Whatever a hostile file makes nbformat raise: there is no graded notebook.
        return None


def _outputs(notebook: Any) -> list[Any]:
    return [cell.get("outputs", []) for cell in notebook.get("cells", [])]


def _behind_walls(
    folder: Path, arguments: list[str], prizes: Mapping[str, str], seconds: float
) -> int | None:
    """Run Python on a folder's course without network, with bounds; None if it had to be ended."""
    layout = find_layout()
    with lease() as identity:
        if identity.dropped_from_root:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, identity.uid, identity.uid, follow_symlinks=False)
        environment = {
            "PATH": f"{Path(layout.python).parent}:/usr/bin:/bin",
            "HOME": "/tmp",
            "LANG": "C.UTF-8",
            "PYTHONPATH": ":".join(map(str, ["/opt/course", *layout.package_paths])),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            VARIABLE: prizes["environment"],
        }
        command = _bubblewrap(layout, identity, folder, environment)
        with subprocess.Popen(
            [*command, layout.python, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
        ) as running:
            try:
                return running.wait(seconds)
            except subprocess.TimeoutExpired:
                running.kill()
                return None


def _bubblewrap(
    layout: Layout, identity: Identity, folder: Path, environment: Mapping[str, str]
) -> list[str]:
    user = ["--unshare-user"]
    drop: list[str] = []
    if identity.dropped_from_root:
        capabilities = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
        user = ["--cap-drop", "ALL"]
        user += [word for one in capabilities for word in ("--cap-add", one)]
        ids = (f"--reuid={identity.uid}", f"--regid={identity.uid}", "--clear-groups")
        nothing = ("--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
        drop = ["/usr/bin/setpriv", *ids, *nothing, "--"]
    mounts = ["--ro-bind", "/usr", "/usr", "--ro-bind", "/etc", "/etc"]
    for name in SYSTEM:
        top = Path("/", name)
        if top.is_symlink():
            mounts += ["--symlink", str(top.readlink()), str(top)]
        elif top.is_dir():
            mounts += ["--ro-bind", str(top), str(top)]
    for path in layout.readable:
        mounts += ["--ro-bind", str(path), str(path)]
    inside = Path(__file__).with_name("attack_inside.py")
    mounts += ["--ro-bind", str(layout.glasslab), "/opt/course/glasslab"]
    mounts += ["--ro-bind", str(inside), "/opt/attack_inside.py"]
    return [
        *(layout.bwrap, *user, "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net"),
        *("--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev"),
        *("--perms", "1777", "--size", str(256 * 2**20), "--tmpfs", "/tmp"),
        *_parents(mounts),
        *mounts,
        *("--bind", str(folder), str(HOME), "--chdir", str(HOME), "--clearenv"),
        *(word for pair in environment.items() for word in ("--setenv", *pair)),
        "--",
        *("/usr/bin/prlimit", "--nproc=200", f"--data={3 * 2**30}", f"--fsize={200 * 2**20}", "--"),
        *drop,
    ]


def _parents(mounts: list[str]) -> list[str]:
    """Make the folders above mount points open: bubblewrap's own are closed (0700)."""
    points = [Path(word) for word in mounts if word.startswith("/")]
    folders = sorted({parent for point in points for parent in point.parents} - {Path("/")})
    folders = [one for one in folders if one not in points and one.parts[1] not in ("usr", "etc")]
    return [word for one in folders for word in ("--perms", "0755", "--dir", str(one))]

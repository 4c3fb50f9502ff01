"""The course in Colab: badges and the first cell; all notebooks run there get the same grade."""

import base64
import dataclasses
import json
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata

import nbformat
import pytest
from colab import COLAB_HAS, COLAB_PYTHON, as_colab_saves, run_in_colab
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import glasslab
from glasslab import doctor
from glasslab.colab import ready
from glasslab.doctor import Finding, Level
from grader.cli import main
from grader.colab import (
    BADGE_ID,
    FIRST_CELL,
    FIRST_CELL_ID,
    Hosting,
    put_in_colab,
    remember,
    remembered,
    untagged,
    version_of,
)
from grader.course import Course
from grader.errors import GraderError
from grader.examiner import examine
from grader.reference import load_suite
from grader.release import source_unit
from grader.report import Status
from grader.sandbox.zygote import zygote_for
from grader.submission import rebuild
from grader.tasks import planned_tasks
from grader.verify import with_answers
from grader.workspace import Workspace

COURSE = Course.default()
ROOT = COURSE.root
UNITS = COURSE.units()
KINDS = ("released", "solved")
ADA = Hosting("ada/glass-lab")
VERSION = version_of(ROOT)
ADDRESS = f"https://github.com/ada/glass-lab/archive/refs/tags/v{VERSION}.zip"


def plain(unit, kind):
    """A notebook as its learner would hand it in from home: untouched, or the solution."""
    if kind == "solved":
        return with_answers(COURSE.source_of(unit), {})
    return (ROOT / "course" / unit / f"{unit}.ipynb").read_bytes()


def on_github(unit, kind):
    """The same, from a course that is on GitHub."""
    notebook = nbformat.reads(plain(unit, kind).decode(), as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id != BADGE_ID]
    for cell in notebook.cells:
        if cell.id == FIRST_CELL_ID:
            cell.source = FIRST_CELL
    put_in_colab(notebook, ADA, f"course/{unit}/{unit}.ipynb", VERSION)
    return nbformat.writes(notebook).encode()


@pytest.fixture(scope="module")
def opened():
    return {(unit, kind): on_github(unit, kind) for unit in UNITS for kind in KINDS}


@pytest.fixture(scope="module")
def ran(opened, tmp_path_factory):
    """All released notebooks and all solutions, run in Colab from top to bottom."""
    named = {f"{unit}.{kind}": content for (unit, kind), content in opened.items()}
    done = run_in_colab(named, tmp_path_factory.mktemp("colab"))
    return {which: done[".".join(which)] for which in opened}


@pytest.fixture(scope="module")
def graded(ran, suite_folder_of):
    """What Colab saved, handed in and examined behind real walls, two at a time."""
    units = {name: source_unit(COURSE, name) for name in UNITS}
    suites = {task: load_suite(suite_folder_of(task)) for task in planned_tasks()}
    with zygote_for("warm") as zygote, ThreadPoolExecutor(2) as pool:

        def one(which):
            unit = units[which[0]]
            return examine(ran[which].saved, unit, suites[unit.task], zygote=zygote)

        return dict(zip(ran, pool.map(one, ran)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unit", UNITS)
def test_in_colab_every_cell_runs(unit, kind, ran):
    done = ran[unit, kind]
    assert not [each for each in done.outputs if each["output_type"] == "error"]
    assert done.asked_of_pip == ["install", "--quiet", ADDRESS]
    assert f"Ready: Glass Lab {VERSION} is installed." in done.printed
    checks = len(source_unit(COURSE, unit).auto_graded)
    sign = "✓" if kind == "solved" else "·"
    names = re.findall(rf"^{sign} (\w+\.\w+): ", done.printed, re.M)
    assert len(set(names)) >= checks
    # What is kept for later lies where the notebook runs; nothing else is left behind.
    assert set(done.files) <= {"my_guesses.json", "my_progress.json"}


@pytest.mark.parametrize("unit", UNITS)
def test_each_solution_gets_full_points_behind_walls(unit, graded):
    report = graded[unit, "solved"]
    assert not report.incidents
    judged = [verdict for verdict in report.verdicts if verdict.points is not None]
    assert len(judged) == len(source_unit(COURSE, unit).auto_graded)
    assert all(verdict.points == verdict.max_points for verdict in judged), report.verdicts


@pytest.mark.parametrize("unit", UNITS)
def test_each_released_notebook_is_not_attempted_and_worth_nothing(unit, graded):
    report = graded[unit, "released"]
    assert not report.incidents and report.points == 0
    assert {verdict.status for verdict in report.verdicts} == {Status.NOT_ATTEMPTED}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unit", UNITS)
def test_grading_makes_the_same_of_it_as_of_the_plain_notebook(unit, kind, opened, ran):
    """And grading reads nothing of a submission but what `rebuild` returns."""
    mine = source_unit(COURSE, unit)
    home, colab = rebuild(opened[unit, kind], mine), rebuild(ran[unit, kind].saved, mine)
    assert (home.incidents, home.answered) == (colab.incidents, colab.answered)
    assert home.notebook == colab.notebook


@pytest.mark.parametrize("unit", UNITS)
def test_the_first_cell_is_not_missed_and_does_nothing_at_home(unit):
    source, released = (
        nbformat.reads(content, as_version=4)
        for content in (COURSE.source_of(unit).read_text("utf-8"), plain(unit, "released").decode())
    )
    for notebook in (source, released):
        first, second = [cell for cell in notebook.cells if cell.cell_type == "code"][:2]
        assert first.id == FIRST_CELL_ID and not first.metadata and not first.outputs
        assert second.id == "setup"
    hosting = remembered(ROOT)
    filled = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(FIRST_CELL)])
    filled.cells[0].id = FIRST_CELL_ID
    put_in_colab(filled, hosting, None, VERSION)
    shown = [cell.source for cell in released.cells if cell.id == FIRST_CELL_ID]
    assert shown == [filled.cells[0].source]
    assert [cell.source for cell in source.cells if cell.id == FIRST_CELL_ID] == [FIRST_CELL]
    names: dict[str, object] = {}
    exec(FIRST_CELL, names)
    assert set(names) == {"__builtins__", "modules", "PACKAGE"}
    # Grading neither asks for it nor warns of it.
    without = json.loads(plain(unit, "released"))
    without["cells"] = [each for each in without["cells"] if each["id"] != FIRST_CELL_ID]
    rebuilt = rebuild(json.dumps(without).encode(), source_unit(COURSE, unit))
    assert not rebuilt.incidents


def test_a_cell_that_was_given_no_address_asks_for_one(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    with pytest.raises(AssertionError, match="where to install from"):
        exec(FIRST_CELL, {})


def test_no_version_is_stated_but_in_pyproject():
    assert glasslab.__version__ == VERSION
    for path in [*ROOT.glob("solutions/*/*.ipynb"), *ROOT.glob("course/*/*.ipynb")]:
        code = [c.source for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
        if remembered(ROOT) is None or "solutions" in path.parts:
            assert not any(f"v{VERSION}" in source for source in code), path


def test_what_colab_has_installed_is_enough():
    """Were one of Colab's packages replaced, those already imported would need a restart."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    machine = {"python_version": COLAB_PYTHON, "python_full_version": f"{COLAB_PYTHON}.0"}
    assert Requirement(f"x{project['requires-python']}").specifier.contains(COLAB_PYTHON)
    waiting, seen, missing = [*project["dependencies"]], set(), set()
    while waiting:
        text = waiting.pop()
        wanted = Requirement(text)
        name = canonicalize_name(wanted.name)
        if text in seen or (
            wanted.marker and not wanted.marker.evaluate({**machine, "extra": "none"})
        ):
            continue
        seen.add(text)
        if name in COLAB_HAS:
            assert wanted.specifier.contains(COLAB_HAS[name]), f"Colab has {COLAB_HAS[name]}"
        else:
            missing.add(name)
            waiting += metadata.requires(name) or []
    assert {"transformer-lens", "circuitsvis", "jupyterlab"} <= missing
    assert len(missing) < 20


@pytest.mark.parametrize(
    ("branch", "path", "address"),
    [
        ("main", "course/01_data/01_data.ipynb", "main/course/01_data/01_data.ipynb"),
        ("v2", "units/01.ipynb", "v2/units/01.ipynb"),
        ("fall/2026", "a b/ü.ipynb", "fall/2026/a%20b/%C3%BC.ipynb"),
        ("a)b\"c'<d>&e#f%g", "x.ipynb", "a%29b%22c%27%3Cd%3E%26e%23f%25g/x.ipynb"),
    ],
)
def test_a_badge_leads_to_its_notebook(branch, path, address):
    found = Hosting("ada/glass-lab", branch).notebook_address(path)
    assert found == f"https://colab.research.google.com/github/ada/glass-lab/blob/{address}"


REPOSITORIES = ["", "ada", "ada/", "/lab", "ada/lab/x", "-ada/lab", "a--b/lab", "ada/..", "ada/l b"]
REPOSITORIES += ["ada/lab.git", "https://github.com/ada/lab", 'ada/l"+x', "ada/lab\n", "ä/lab"]
BRANCHES = ["", "a b", "a..b", "-x", "/x", "x/", "x//y", "a~1", "a^", "a:b", "a?b", "a*", "a[b"]
BRANCHES += ["x.lock", "a\\b", "@", "a@{1", "HEAD", ".x", "x/.y", "x.", "a\nb", "\ud800", "x" * 201]


@pytest.mark.parametrize(
    ("repository", "branch"),
    [*((name, "main") for name in REPOSITORIES), *(("ada/lab", name) for name in BRANCHES)],
)
def test_what_cannot_be_a_repository_or_branch_is_refused_in_a_sentence(repository, branch):
    with pytest.raises(GraderError, match=r"is no (repository|name)[^\n]*instance[^\n]*\.$"):
        Hosting(repository, branch)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A course of two units in a repository of its own, released to a folder beside them."""
    root = tmp_path / "checkout"
    for unit in ("01_data", "03_attention"):
        (root / "solutions" / unit).mkdir(parents=True)
        (root / "solutions" / unit / f"{unit}.ipynb").symlink_to(COURSE.source_of(unit))
    (root / "pyproject.toml").write_text('[project]\nversion = "4.2"\n')
    (root / "self-study").mkdir()
    (root / ".gitignore").write_text("self-study/\n")
    git(root, "init", "--quiet")
    course = Course(root, root / "course", Workspace(tmp_path / "classroom"))
    monkeypatch.setattr(Course, "default", lambda: course)
    return root


def git(root, *arguments):
    ada = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", "-C", str(root), *ada, *arguments], check=True, capture_output=True)


def cells_of(path):
    return nbformat.read(path, as_version=4).cells


def test_said_once_every_release_has_badge_and_address(checkout, capsys):
    assert main(["release", "01_data"]) == 0
    bare = cells_of(checkout / "course" / "01_data" / "01_data.ipynb")
    assert not (checkout / "colab.json").exists()
    said = ["--repository", "ada/lab", "--branch", "fall"]
    assert main(["release", "01_data", *said]) == 0
    told = capsys.readouterr().out
    assert "git tag v4.2 && git push origin v4.2" in told and "other units" in told
    assert json.loads((checkout / "colab.json").read_text()) == {
        "repository": "ada/lab",
        "branch": "fall",
    }
    badge, *rest = cells_of(checkout / "course" / "01_data" / "01_data.ipynb")
    assert badge.id == BADGE_ID and not badge.metadata
    address = "https://colab.research.google.com/github/ada/lab/blob/fall"
    link = f"({address}/course/01_data/01_data.ipynb)"
    assert re.fullmatch(
        rf"\[!\[Open in Colab\]\(data:[\w/+;,=]+\)\]{re.escape(link)}", badge.source
    )
    # Its picture is in the notebook, and asks nobody for anything.
    picture = base64.b64decode(badge.source.partition("base64,")[2].partition(")")[0])
    assert ET.fromstring(picture).get("aria-label") == "Open in Colab"
    assert not re.search(rb"href|url\(|<script|@import", picture)
    [first] = [cell for cell in rest if cell.id == FIRST_CELL_ID]
    installed = 'PACKAGE = "https://github.com/ada/lab/archive/refs/tags/v4.2.zip"\n'
    assert first.source.count(installed) == 1
    assert first.source.replace(installed, "") == re.sub("^PACKAGE.*\n", "", FIRST_CELL, flags=re.M)
    assert [cell for cell in rest if cell is not first] == [
        cell for cell in bare if cell.id != FIRST_CELL_ID
    ]
    # Another unit, another day.
    assert main(["release", "03_attention"]) == 0
    assert "03_attention.ipynb" in cells_of(next(checkout.glob("course/03*/*.ipynb")))[0].source


def test_the_self_study_edition_has_a_badge_where_git_keeps_it(checkout, tmp_path):
    remember(checkout, "ada/lab", None)
    places = {checkout / "home": True, checkout / "self-study": False, tmp_path / "far": False}
    for folder, badge in places.items():
        command = ["release", "01_data", "--edition", "self-study", "--to", str(folder)]
        assert main(command) == 0
        cells = cells_of(folder / "01_data" / "01_data.ipynb")
        assert (cells[0].id == BADGE_ID) == badge
        assert not badge or "blob/main/home/01_data/01_data.ipynb" in cells[0].source
        # Colab shows no attachments.
        assert any("attachments" in cell for cell in cells) != badge
        pictures = [cell for cell in cells if "(data:image/png;base64," in cell.source]
        assert bool(pictures) == badge
        assert not badge or not any("attachment:" in cell.source for cell in cells)
        [first] = [cell for cell in cells if cell.id == FIRST_CELL_ID]
        assert "ada/lab/archive/refs/tags/v4.2.zip" in first.source


def test_the_branch_alone_changes_the_branch(checkout, capsys):
    assert main(["release", "01_data", "--branch", "fall"]) == 1
    assert "--repository OWNER/NAME" in capsys.readouterr().err
    remember(checkout, "ada/lab", "spring")
    assert remember(checkout, None, "fall") == Hosting("ada/lab", "fall") == remembered(checkout)
    assert remember(checkout, "bob/lab", None) == Hosting("bob/lab", "main")
    assert main(["release", "01_data", "--repository", "bob"]) == 1
    assert remembered(checkout) == Hosting("bob/lab", "main")


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"repository": "x", "branch": "main"}'])
def test_a_broken_file_is_told_in_a_sentence(checkout, content, capsys):
    (checkout / "colab.json").write_text(content)
    assert main(["release", "01_data"]) == 1
    assert "delete it, and release with --repository again" in capsys.readouterr().err


def test_the_instructor_is_told_what_colab_would_not_find(checkout):
    package = checkout / "course" / "glasslab"
    package.mkdir(parents=True)
    (package / "views.py").write_text("old")
    git(checkout, "add", "pyproject.toml", "course")
    git(checkout, "commit", "--quiet", "-m", "one")
    assert "v4.2, which isn't here yet" in untagged(checkout, ADA, "4.2")
    git(checkout, "tag", "v4.2")
    assert untagged(checkout, ADA, "4.2") == ""
    (package / "views.py").write_text("new")
    assert "raise the version" in untagged(checkout, ADA, "4.2")


def test_without_a_stated_version_the_release_says_so(checkout):
    (checkout / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(GraderError, match=r"pyproject\.toml doesn't state"):
        version_of(checkout)


def test_ready_says_what_is_in_the_way(monkeypatch, capsys):
    mended = Finding("numpy", Level.PROBLEM, "2.1 is running, but 2.2 is installed", "restart")
    monkeypatch.setattr(doctor, "examine", lambda thorough: [mended])
    ready()
    said = capsys.readouterr().out
    assert "✗ numpy" in said and "→ restart" in said and "Not ready yet" in said
    noted = dataclasses.replace(mended, level=Level.NOTE)
    monkeypatch.setattr(doctor, "examine", lambda thorough: [noted])
    ready()
    said = capsys.readouterr().out
    assert "! numpy" in said and f"Ready: Glass Lab {VERSION}" in said


def test_the_imitation_saves_what_colab_saves():
    notebook = json.loads(on_github("01_data", "released"))
    code = next(cell for cell in notebook["cells"] if cell["id"] == FIRST_CELL_ID)
    code["execution_count"] = 1
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["Ready\n"]}]
    saved = json.loads(as_colab_saves(notebook))
    nbformat.validate(saved)
    assert (saved["nbformat"], saved["nbformat_minor"]) == (4, 0)
    assert saved["metadata"]["colab"] == {"provenance": [], "toc_visible": True}
    assert saved["metadata"]["kernelspec"] == {"name": "python3", "display_name": "Python 3"}
    assert not [cell for cell in saved["cells"] if "id" in cell]
    [first] = [cell for cell in saved["cells"] if "executionInfo" in cell["metadata"]]
    assert {"id", "colab", "outputId", "executionInfo"} == set(first["metadata"])

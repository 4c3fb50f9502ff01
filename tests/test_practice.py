"""A learner's own exam: hidden models of their own, any edition, a page that says what it is."""

import copy
import hashlib
import json
import os
import shutil
import stat
from collections import Counter
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from glasslab import cli as learners_cli
from glasslab import practice as learners_command
from glasslab.tasks.base import Recipe
from grader.cli import main
from grader.course import Course
from grader.editions import self_study
from grader.errors import GraderError
from grader.practice import PracticeHome, exam, find_notebook, units
from grader.practice import home as homes
from grader.practice.naming import with_names
from grader.reference import training
from grader.reference.plans import plan_for
from grader.reference.quick import quick_plan_for
from grader.release import source_unit
from grader.sample_class import as_colab_saves
from grader.sandbox import SandboxUnavailable
from grader.solutions import answers_of
from grader.submission import rebuild
from grader.tasks import planned_tasks
from grader.verify import with_answers

COURSE = Course.default()
SECRET = hashlib.sha256(b"thrown away").hexdigest()
"""That of the tests' suites: of the same secret, a quick suite's models are among the whole's."""


def unexpected(*_, **__):
    raise AssertionError("nothing is to be trained here")


@pytest.fixture(scope="module")
def home(tmp_path_factory, cumsum_folder):
    """A home whose models are there: the tests' own suite, of which the quick one is a part."""
    home = PracticeHome(tmp_path_factory.mktemp("practice"))
    home.secret.write_text(SECRET)
    home.secret.chmod(0o600)
    shutil.copytree(cumsum_folder, home.suite_for("cumsum"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "train_many", unexpected)
        home.suite("cumsum", lambda words: None, progress=False)
    return home


@pytest.fixture
def at_home(home, monkeypatch):
    monkeypatch.setenv("GLASSLAB_PRACTICE", str(home.root))
    return home


@pytest.fixture(scope="module")
def editions():
    """Each unit's self-study edition with its answers written into it."""
    config = COURSE.nbgrader_config()
    written = {}
    for unit in COURSE.units():
        source = nbformat.read(COURSE.source_of(unit), 4)
        edition, answers = self_study(source, config), answers_of(source)
        of_id = {
            cell.id: answers[cell.metadata.nbgrader.grade_id]
            for cell in source.cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }
        for cell in edition.cells:
            cell.source = of_id.get(cell.id, cell.source)
        written[unit] = edition
    return written


@pytest.mark.parametrize("task", planned_tasks())
def test_a_quick_suite_is_a_smaller_one(task):
    whole = {kind.name: kind for kind in plan_for(task)}
    for kind in quick_plan_for(task):
        same = whole[kind.name]
        assert kind.criteria == same.criteria and kind.n_models <= same.n_models
        if isinstance(kind.recipe, Recipe):
            assert isinstance(same.recipe, Recipe) and kind.recipe.epochs <= same.recipe.epochs
    counts = Counter(kind.role for kind in quick_plan_for(task) for _ in kind.model_names)
    assert counts["reference"] >= 2 and counts["decoy"] and counts["mutant"]
    assert counts.total() <= 7


@pytest.mark.parametrize("saved", ["as it is", "by Colab", "without a trace"])
@pytest.mark.parametrize("unit", COURSE.units())
def test_every_edition_is_read_however_it_was_saved(editions, unit, saved):
    edition, source = copy.deepcopy(editions[unit]), nbformat.read(COURSE.source_of(unit), 4)
    extra = nbformat.v4.new_code_cell("mine = 'a cell that I added'")
    edition.cells.insert(len(edition.cells) // 2, extra)
    content = nbformat.writes(edition).encode()
    if saved == "by Colab":
        content = as_colab_saves(edition)
    if saved == "without a trace":
        data = json.loads(content)
        for cell in data["cells"]:
            cell["metadata"] = {}
            del cell["id"]
        content = json.dumps(data | {"nbformat_minor": 0}).encode()
    rebuilt = rebuild(with_names(content, source), source_unit(COURSE, unit))
    assert not rebuilt.incidents
    sources = {cell.id: cell.source for cell in rebuilt.notebook.cells}
    answers = answers_of(source)
    assert answers.keys() <= sources.keys()
    assert {name: sources[name].strip("\n") for name in answers} == answers
    text = "\n".join(sources.values())
    assert extra.source in text
    assert "<summary>Solution" not in text and "in our run</summary>" not in text


def test_a_stub_stays_a_stub_and_other_bytes_are_passed_on(editions):
    unit = source_unit(COURSE, "03_attention")
    source = nbformat.read(COURSE.source_of(unit.name), 4)
    untouched = self_study(source, COURSE.nbgrader_config())
    for cell in untouched.cells:
        cell.pop("id")
    rebuilt = rebuild(with_names(nbformat.writes(untouched).encode(), source), unit)
    assert not rebuilt.answered
    for content in (b"", b"nothing", b'{"cells": 3}', b'{"cells": []}'):
        assert with_names(content, source) == content


def test_a_released_notebook_is_examined_behind_walls(at_home, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    unit = source_unit(COURSE, "03_attention")
    wrong = "def attention_pattern(model, tokens):\n    raise ValueError('lost my way')"
    notebook = tmp_path / "03_attention" / "03_attention-Copy1.ipynb"
    notebook.parent.mkdir()
    notebook.write_bytes(with_answers(COURSE.source_of(unit.name), {"attention_pattern": wrong}))
    assert main(["practice", str(notebook), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["practice"] and told["walls"] and told["unit"] == unit.name
    points = {one["grade_id"]: (one["points"], one["max_points"]) for one in told["verdicts"]}
    assert points.keys() == {cell.grade_id for cell in unit.auto_graded}
    assert points.pop("attention_pattern_check")[0] == 0
    assert all(reached == most for reached, most in points.values())
    page = tmp_path / "my_practice" / "03_attention.html"
    assert told["page"] == str(page)
    text = page.read_text()
    assert "practice, not a grade" in text.lower() and "machine, behind walls" in text
    assert "the function raised an error" in text
    assert "One good answer, and how it is read" in text
    assert "teacher" not in text
    suite = at_home.suite(unit.task, unexpected, progress=False)
    for hidden in (SECRET, str(suite.question_seed), str(at_home.root)):
        assert hidden not in text


def test_the_self_study_edition_is_examined_without_walls_where_there_are_none(
    at_home, editions, tmp_path, capsys, monkeypatch
):
    def no_bubblewrap(*_, **__):
        raise SandboxUnavailable("There is no bubblewrap here.")

    monkeypatch.setattr(exam, "require_walls", no_bubblewrap)
    edition = copy.deepcopy(editions["01_data"])
    opened = nbformat.v4.new_code_cell("from glasslab.submitting import submit\nsubmit('nowhere')")
    edition.cells.append(opened)
    for folder in ("self-study", "course"):
        path = tmp_path / folder / "01_data" / "01_data.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(nbformat.writes(edition).encode())
    monkeypatch.chdir(tmp_path)
    # As for who installed the package by pip: its units are there, and no checkout.
    monkeypatch.setattr(units, "PACKED", tmp_path / "packed")
    monkeypatch.setattr(Course, "default", unexpected)
    packed = tmp_path / "packed" / "solutions" / "01_data" / "01_data.ipynb"
    packed.parent.mkdir(parents=True)
    shutil.copy(COURSE.source_of("01_data"), packed)
    assert main(["practice", "01_data", "--to", "pages"]) == 0
    said = capsys.readouterr().out
    assert "without walls, as your own Jupyter would: There is no bubblewrap here." in said
    unit = source_unit(COURSE, "01_data")
    most = sum(cell.points for cell in unit.auto_graded)
    assert f"{most:g} of {most:g} points, explanations aside." in said
    assert "practice, not a grade" in said and "isn't a promise" in said
    assert f"Feedback page: {Path('pages', '01_data.html')}" in said
    assert "without walls" in (tmp_path / "pages" / "01_data.html").read_text()
    # Nothing was left beside the notebook, and nothing handed in.
    there = {path.name for path in tmp_path.iterdir()}
    assert there == {"self-study", "course", "packed", "pages"}


def test_models_are_made_once_and_anew_when_asked(tmp_path, monkeypatch):
    [reference, *_] = plan_for("cumsum")
    recipe = Recipe(epochs=1, train_size=512, validation_size=64)
    tiny = replace(
        reference, recipe=recipe, criteria=(), n_models=1, measure=lambda model, *, task: {}
    )
    monkeypatch.setattr(homes, "quick_plan_for", lambda task: (tiny,))
    home, said = PracticeHome(tmp_path / "deep" / "inside"), []

    def made(tell=said.append):
        suite = home.suite("cumsum", tell, progress=False)
        return suite.question_seed, suite.subjects[0].model.W_E.sum().item()

    first = made()
    assert "about a minute" in said[0] and str(home.root) in said[0]
    for path in (home.secret, home.root, home.suite_for("cumsum")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077
    assert made(unexpected) == first
    home.begin_anew(unexpected)
    assert not home.secret.exists() and not home.suite_for("cumsum").exists()
    second = made()
    assert second[0] != first[0] and second[1] != first[1]
    # Half gone: models of a secret that is lost are of no use, and made anew.
    home.secret.unlink()
    assert made()[0] not in (first[0], second[0])
    said.clear()
    (home.suite_for("cumsum") / "reference-1" / "model.safetensors").write_bytes(b"broken")
    made()
    assert "about a minute" in said[0]
    for file in (home.secret, home.suite_for("cumsum") / "suite.json"):
        file.write_text("broken")
        with pytest.raises(GraderError, match="practise with --new"):
            made(unexpected)
        home.begin_anew(unexpected)
        made()


def test_models_lie_among_the_users_data(monkeypatch, tmp_path):
    monkeypatch.delenv("GLASSLAB_PRACTICE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert PracticeHome.default().root == tmp_path / "glasslab" / "practice"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert PracticeHome.default().root == tmp_path / ".local" / "share" / "glasslab" / "practice"
    monkeypatch.setenv("GLASSLAB_PRACTICE", "~/elsewhere")
    assert PracticeHome.default().root == tmp_path / "elsewhere"


def test_what_keeps_from_practising_is_one_sentence(at_home, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.ipynb").write_text("{")
    (tmp_path / "notes.ipynb").write_text('{"cells": [], "nbformat": 4}')
    (tmp_path / "file").touch()
    for arguments, words in (
        (["99_nothing"], "There is no notebook"),
        (["broken.ipynb"], "can't be read as a notebook"),
        (["notes.ipynb"], "--unit 03_attention"),
        (["notes.ipynb", "--unit", "99_nothing"], "There is no unit"),
        (["notes.ipynb", "--unit", "01_data", "--to", "file"], "name another folder with --to"),
    ):
        assert main(["practice", *arguments]) == 1
        said = capsys.readouterr().err.strip().splitlines()
        assert len(said) == 1 and words in said[0]
        assert "glasslab submit" not in said[0]
    with pytest.raises(GraderError, match="GLASSLAB_PRACTICE"):
        PracticeHome(tmp_path / "file" / "inside").suite("cumsum", print, progress=False)


def test_of_two_editions_the_one_saved_last_is_meant(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, folder in enumerate(("self-study", "course")):
        path = tmp_path / folder / "01_data" / "01_data.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"cells": [], "nbformat": 4, "metadata": {"n": number}}))
    for newest in ("self-study", "course"):
        for folder in ("self-study", "course"):
            path = tmp_path / folder / "01_data" / "01_data.ipynb"
            os.utime(path, (0, 2 if folder == newest else 1))
        assert find_notebook("01_data").folder == tmp_path / newest / "01_data"


def test_the_learners_command_starts_the_graders_or_says_what_is_missing(monkeypatch, capsys):
    started = []

    class Grader:
        def __init__(self, command):
            started.append(command[1:])
            self.interrupts = 2

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def wait(self):
            self.interrupts -= 1
            if self.interrupts >= 0:
                raise KeyboardInterrupt  # both were told to stop: this one waits for the other
            return 130

    monkeypatch.setattr(learners_command.subprocess, "Popen", Grader)
    arguments = ["practice", "03_attention", "--new", "--json", "--to", "there"]
    assert learners_cli.main(arguments) == 130
    options = ["practice", "--to", "there", "--new", "--json", "--", "03_attention"]
    assert started == [["-P", "-m", "grader", *options]]


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        ('{"url": "file:///lab", "dir_info": {"editable": true}}', "pip install -e '.[grading]'"),
        (None, "'make setup' in your checkout"),
        (
            '{"url": "https://lab.example/v1.zip", "archive_info": {}}',
            'pip install "glasslab[grading] @ https://lab.example/v1.zip".',
        ),
        (
            '{"url": "https://lab.example", "vcs_info": {"vcs": "git", "commit_id": "0123"}}',
            'pip install "glasslab[grading] @ git+https://lab.example@0123".',
        ),
    ],
)
def test_where_the_grading_part_is_missing_its_own_way_to_it_is_told(
    monkeypatch, capsys, origin, command
):
    class Installed:
        read_text = staticmethod({"direct_url.json": origin}.get)

    monkeypatch.setattr(learners_command, "find_spec", lambda name: None)
    monkeypatch.setattr(learners_command, "distribution", lambda name: Installed)
    assert learners_cli.main(["practice", "03_attention"]) == 1
    assert command in capsys.readouterr().err

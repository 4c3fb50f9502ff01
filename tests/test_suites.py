"""Each task has a hidden suite of its own, and each unit is graded on that of its task."""

import json
from dataclasses import replace

import nbformat
import pytest
import torch
from tiny_class import UNIT, fake_report, tiny_course

import grader.engine
import grader.grading
import grader.reference
from glasslab.models import build_model
from glasslab.tasks import TASKS
from glasslab.tasks.sorted_list import LIST_LENGTH, SEP, SORTED_LIST
from grader import hidden, plugin
from grader.cli import main
from grader.errors import GraderError
from grader.gradebook import load_unit, open_gradebook
from grader.grading import grade_unit
from grader.probes import TASK_OF
from grader.reference.kinds import Maker
from grader.reference.plans import plan_for
from grader.reference.plans.sorted_list import HOLE, sample_with_holes
from grader.reference.sorted_list.changing import Confused, HeadOff
from grader.reference.store import Manifest, write_manifest
from grader.release import release_unit, source_unit
from grader.tasks import FIRST_TASK, planned_tasks, suite_variable, train_command
from grader.unit import Unit
from grader.workspace import Workspace

OTHER_TASK, OTHER_UNIT = "sorted_list", "02_other"
OTHER_CHECK = next(name for name, task in TASK_OF.items() if task == OTHER_TASK)


def write_source(course, name, check, task=None):
    """Write a unit like the tiny one, about another check, and perhaps another task."""
    source = nbformat.read(course.solutions / UNIT / f"{UNIT}.ipynb", as_version=4)
    for cell in source.cells:
        cell.source = cell.source.replace("data.carried_labels", check)
    if task is not None:
        source.metadata["glasslab"] = {"task": task}
    path = course.solutions / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(source, path)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A course with a released unit of each of two tasks, and suites without models."""
    course = tiny_course(tmp_path_factory.mktemp("both"))
    write_source(course, OTHER_UNIT, OTHER_CHECK, OTHER_TASK)
    release_unit(course, OTHER_UNIT)
    for seed, task in enumerate((FIRST_TASK, OTHER_TASK), start=1):
        write_manifest(course.workspace.suite_for(task), Manifest(task, "", seed, complete=True))
    return course


def test_a_class_with_units_of_both_tasks_is_graded_on_the_suite_of_each(both, monkeypatch):
    seen = {}

    def examine(content, unit, suite, **options):
        seen[unit.name] = (suite.task, suite.question_seed)
        return fake_report(content, unit)

    monkeypatch.setattr(grader.engine, "examine", examine)
    monkeypatch.setattr(grader.engine, "require_walls", lambda *args, **options: None)
    monkeypatch.setattr(grader.grading, "require_walls", lambda *args, **options: None)
    monkeypatch.setattr(grader.engine, "prepare", lambda *args: None)
    for name in (UNIT, OTHER_UNIT):
        released = nbformat.read(both.release / name / f"{name}.ipynb", as_version=4)
        path = both.workspace.submitted / "ada" / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(released, path)
        assert list(grade_unit(both, name, isolation="cold", progress=False)) == ["ada"]
    assert seen == {UNIT: (FIRST_TASK, 1), OTHER_UNIT: (OTHER_TASK, 2)}


def test_the_gradebook_keeps_a_units_task_and_the_plugin_loads_its_suite(both):
    with open_gradebook(both.workspace.gradebook_url) as gradebook:
        tasks = [load_unit(gradebook, name).task for name in (UNIT, OTHER_UNIT)]
    assert tasks == [FIRST_TASK, OTHER_TASK]
    assert [plugin._load_suite(both.workspace, task).task for task in tasks] == tasks


def test_a_unit_that_an_older_grader_recorded_is_about_the_first_task(both):
    unit = source_unit(both, OTHER_UNIT)
    assert Unit.from_json(unit.to_json()) == unit
    old = json.loads(unit.to_json())
    del old["task"]
    assert Unit.from_json(json.dumps(old)) == replace(unit, task=FIRST_TASK)


@pytest.mark.parametrize(
    ("check", "task", "words"),
    [
        (OTHER_CHECK, None, "asks about 'sorted_list' models, in a unit about 'cumsum'"),
        ("data.carried_labels", OTHER_TASK, "asks about 'cumsum' models, in a unit about"),
        (OTHER_CHECK, "reversed_list", "'reversed_list', of which no hidden suite is planned"),
    ],
)
def test_a_unit_whose_task_does_not_fit_its_probes_is_refused(both, check, task, words):
    name = f"03_{check.replace('.', '_')}_{task}"
    write_source(both, name, check, task)
    with pytest.raises(GraderError, match=words):
        source_unit(both, name)


@pytest.mark.parametrize("task", planned_tasks())
def test_a_missing_suite_is_one_sentence_with_the_command_to_run(task, tmp_path, monkeypatch):
    command = train_command(task)
    with pytest.raises(GraderError, match=f"no hidden suite of '{task}' in .*: .*'{command}'"):
        grader.reference.suite_for(Workspace(tmp_path), task)
    name = next(name for name, about in TASK_OF.items() if about == task)
    variable = suite_variable(task)
    monkeypatch.delenv(variable, raising=False)
    hidden._suite.cache_clear()
    with pytest.raises(GraderError, match=f"'{command}' and set {variable} to its folder"):
        hidden.probe(name, lambda: None)


def test_a_suite_in_the_place_of_another_tasks_is_refused(both, tmp_path):
    workspace = Workspace(tmp_path)
    workspace.suite_for(OTHER_TASK).symlink_to(both.workspace.suite_for(FIRST_TASK))
    with pytest.raises(GraderError, match="is for 'cumsum', not 'sorted_list'"):
        grader.reference.suite_for(workspace, OTHER_TASK)


def test_a_probe_of_a_notebook_asks_the_suite_of_its_task(both, monkeypatch):
    asked = []
    monkeypatch.setattr(hidden, "judge_here", lambda chosen, answer, suite: asked.append(suite))
    monkeypatch.setattr(hidden, "score", lambda judged, **options: 1.0)
    hidden._suite.cache_clear()
    for task, name in ((FIRST_TASK, "data.carried_labels"), (OTHER_TASK, OTHER_CHECK)):
        monkeypatch.setenv(suite_variable(task), str(both.workspace.suite_for(task)))
        hidden.probe(name, lambda: None)
    hidden._suite.cache_clear()
    assert [suite.task for suite in asked] == [FIRST_TASK, OTHER_TASK]


def test_the_command_trains_and_checks_the_suite_of_a_task_in_its_own_folder(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(tmp_path))
    monkeypatch.setenv("GLASSLAB_SECRET", "00" * 32)
    trained = []

    def train(folder, secret, task):
        trained.append((folder.name, task))

    monkeypatch.setattr(grader.reference, "train_suite", train)
    assert main(["reference", "train"]) == 0
    assert main(["reference", "train", "--task", OTHER_TASK]) == 0
    assert trained == [("suite", FIRST_TASK), ("suite-sorted_list", OTHER_TASK)]
    capsys.readouterr()
    assert main(["reference", "check", "--task", OTHER_TASK]) == 1
    assert "grader reference train --task sorted_list" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["reference", "train", "--task", "reversed_list"])
    assert "cumsum, sorted_list" in capsys.readouterr().err.replace("'", "")


def test_every_plan_is_of_a_task_and_trains_references_first():
    assert set(planned_tasks()) <= set(TASKS)
    for task in planned_tasks():
        kinds = plan_for(task)
        assert kinds[0].role == "reference" and kinds[0].n_models >= 5
        assert len({kind.name for kind in kinds}) == len(kinds)
        made = [kind for kind in kinds if isinstance(kind.recipe, Maker)]
        assert {kind.role for kind in kinds} >= {"reference", "decoy", "mutant"} and made


def test_the_october_suite_is_as_its_roles_require(suite_folder_of, capsys):
    folder = suite_folder_of(OTHER_TASK)
    assert main(["reference", "check", "--task", OTHER_TASK, "--suite", str(folder)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == sum(kind.n_models for kind in plan_for(OTHER_TASK))
    assert not [line for line in told if "NOT" in line]


def test_lists_with_holes_are_lists_that_are_sorted_and_have_large_gaps():
    tokens = sample_with_holes(500, torch.Generator().manual_seed(0))
    before, after = tokens[:, :LIST_LENGTH], tokens[:, LIST_LENGTH + 1 :]
    assert (tokens[:, LIST_LENGTH] == SEP).all() and before.max() < SEP and before.min() >= 0
    assert torch.equal(before.sort(-1).values, after)
    gaps = after.diff(dim=-1)
    assert (gaps > 0).all()
    least_and_most = torch.stack([after[:, 0], SEP - after[:, -1]], -1).amax(-1)
    wide = torch.maximum(gaps.amax(-1), least_and_most) >= HOLE.start
    usual = SORTED_LIST.sample(500, torch.Generator().manual_seed(0))[:, LIST_LENGTH + 1 :]
    assert wide.float().mean() > 0.75 > (usual.diff(dim=-1).amax(-1) >= HOLE.start).float().mean()


def difference(one, other):
    """Return the weights in which two models differ, with where they do."""
    mine, yours = one.state_dict(), other.state_dict()
    return {name: mine[name] != yours[name] for name in mine if not mine[name].equal(yours[name])}


def test_a_head_that_is_off_differs_in_what_it_writes_alone():
    references = [build_model(SORTED_LIST.config, seed) for seed in (1, 2)]
    for seed in range(2):
        model = HeadOff().make(SORTED_LIST, references, seed)
        [(name, changed)] = difference(model, references[seed]).items()
        assert name == "blocks.0.attn.o.weight"
        assert sorted(changed.unflatten(1, (2, -1)).any(0).any(-1).tolist()) == [False, True]


def test_a_confused_number_differs_in_its_embedding_alone():
    references = [build_model(SORTED_LIST.config, seed) for seed in (1, 2)]
    for seed in range(4):
        model = Confused().make(SORTED_LIST, references, seed)
        [(name, changed)] = difference(model, references[seed % 2]).items()
        [number] = changed.any(1).nonzero().flatten().tolist()
        assert name == "embed.weight" and Confused.lowest <= number <= Confused.highest

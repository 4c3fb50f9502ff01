"""The hidden suite: resumable, tamper-evident, private, refused if a model isn't as required."""

import hashlib
import json
import pickle
import shutil
import stat
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasslab.tasks.base import Recipe
from glasslab.tasks.cumsum import CUMSUM, LONG_CUMSUM, make_task
from grader.cli import main
from grader.errors import GraderError
from grader.findings.certificate import certify
from grader.findings.cumsum import measure
from grader.reference import assess_suite, check_suite, load_suite, train_suite, training
from grader.reference.criteria import Criterion
from grader.reference.cumsum.handmade import ByHand, certified_by_hand
from grader.reference.cumsum.planting import Planting
from grader.reference.kinds import Kind
from grader.reference.plans.cumsum import (
    KINDS,
    MARKED,
    WINDOW,
    WORTH,
    two_sums_labels,
    window_labels,
)
from grader.reference.store import FINDINGS_FILE, MANIFEST_FILE, read_manifest
from grader.secret import Secret

SECRET = Secret(b"a secret for tests that is thrown")
NEVER = Criterion("never", lambda findings: False)

# A few steps: nothing is learnt, all else is as in earnest.
RECIPE = Recipe(epochs=1, train_size=1024, validation_size=64)
TINY = (
    Kind("reference", "reference", CUMSUM, RECIPE, (), measure, 2),
    Kind("decoy", "decoy", replace(CUMSUM, label=window_labels), RECIPE, (), measure),
)


def train(folder, plan=TINY, secret=SECRET):
    # In this process: another would know nothing of what a test puts in place of something.
    train_suite(folder, secret, progress=False, plan=plan, workers=1)
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(tmp_path_factory.mktemp("tiny") / "suite")


@pytest.fixture
def tiny(trained, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(trained, tmp_path / "suite")


def bits(folder):
    return {
        entry.name: entry.digests["model.safetensors"] for entry in read_manifest(folder).entries
    }


def spoil(folder, name, file, content, *, cover_up=False):
    """Change a file of a model, and if asked its digest in the manifest as well."""
    (folder / name / file).write_bytes(content)
    if cover_up:
        manifest = json.loads((folder / MANIFEST_FILE).read_text())
        [entry] = [entry for entry in manifest["entries"] if entry["name"] == name]
        entry["digests"][file] = hashlib.sha256(content).hexdigest()
        (folder / MANIFEST_FILE).write_text(json.dumps(manifest))


def test_a_suite_is_its_references_and_decoys_with_a_seed_for_questions(trained):
    suite = load_suite(trained)
    assert [subject.name for subject in suite.references] == ["reference-1", "reference-2"]
    assert [subject.name for subject in suite.decoys] == ["decoy-1"]
    assert suite.question_seed == SECRET.derive("questions/cumsum")
    one, other = (suite.generator(purpose).initial_seed() for purpose in ("a", "b"))
    assert one != other
    for subject in suite.subjects:
        assert subject.model(torch.zeros(1, 20, dtype=torch.int64)).shape == (1, 20, 3)


def test_findings_stand_beside_each_model(trained):
    for subject in load_suite(trained).subjects:
        found = json.loads((trained / subject.name / FINDINGS_FILE).read_text())
        assert found["cross_entropy"] > 0


def test_only_its_owner_can_read_a_suite_and_the_secret_is_not_in_it(trained):
    paths = [trained, *trained.rglob("*")]
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    everything = b"".join(path.read_bytes() for path in paths if path.is_file())
    key = b"a secret for tests that is thrown"
    assert key not in everything and key.hex().encode() not in everything


def test_the_same_secret_gives_the_same_models_and_another_gives_others(trained, tmp_path):
    again = train(tmp_path / "again")
    assert bits(again) == bits(trained)
    other = train(tmp_path / "other", secret=Secret(b"another"))
    assert not set(bits(other).values()) & set(bits(trained).values())


def test_models_are_the_same_however_many_are_made_at_a_time(trained, tmp_path):
    folder = tmp_path / "side by side"
    train_suite(folder, SECRET, progress=False, plan=TINY, workers=2)
    manifest = (folder / MANIFEST_FILE).read_text()
    assert manifest == (trained / MANIFEST_FILE).read_text()


def test_a_process_that_was_ended_is_told_in_a_sentence(tmp_path, monkeypatch):
    @contextmanager
    def ended(number):
        raise BrokenProcessPool("A process in the process pool was terminated abruptly")
        yield

    monkeypatch.setattr(training, "processes", ended)
    with pytest.raises(GraderError, match=r"ended from outside.*what is finished is kept"):
        train(tmp_path / "suite")


def test_training_again_trains_nothing(tiny, monkeypatch):
    monkeypatch.setattr(training, "train_many", None)
    before = bits(tiny)
    train(tiny)
    assert bits(tiny) == before


def test_killed_half_way_it_goes_on_where_it_was(trained, tmp_path, monkeypatch):
    folder, real, calls = tmp_path / "suite", training.train_many, []

    def killed_at_the_third(*args, **kwargs):
        calls.append(kwargs["seeds"])
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(training, "train_many", killed_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        train(folder)
    (folder / ".decoy-1.part").mkdir()  # as a kill while storing leaves it
    with pytest.raises(GraderError, match="not finished"):
        load_suite(folder)
    train(folder)
    assert len(calls) == 4  # the references were not trained again
    assert bits(folder) == bits(trained)
    assert sorted(path.name for path in folder.iterdir()) == [
        *("decoy-1", "reference-1", "reference-2", "suite.json")
    ]


def test_a_model_that_its_manifest_does_not_name_never_counts(tiny):
    shutil.copytree(tiny / "reference-1", tiny / "reference-3")
    assert len(load_suite(tiny).references) == 2


def test_a_changed_file_is_noticed_and_training_again_restores_it(tiny, trained):
    weights = bytearray((tiny / "reference-2" / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    spoil(tiny, "reference-2", "model.safetensors", bytes(weights))
    with pytest.raises(GraderError, match="reference-2"):
        load_suite(tiny)
    train(tiny)
    assert bits(tiny) == bits(trained)
    assert len(load_suite(tiny).references) == 2


def test_a_missing_file_is_noticed(tiny):
    (tiny / "decoy-1" / "config.json").unlink()
    with pytest.raises(GraderError, match="decoy-1"):
        load_suite(tiny)


def test_a_suite_is_never_unpickled(tiny, tmp_path):
    class Bomb:
        def __reduce__(self):
            return open, (str(tmp_path / "exploded"), "w")

    spoil(tiny, "decoy-1", "model.safetensors", pickle.dumps(Bomb()), cover_up=True)
    with pytest.raises(GraderError, match="decoy-1"):
        load_suite(tiny)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 2}', '{"format": 1}'])
def test_a_manifest_that_makes_no_sense_is_refused(tiny, content):
    (tiny / MANIFEST_FILE).write_text(content)
    with pytest.raises(GraderError, match="anew"):
        load_suite(tiny)


def test_a_suite_of_another_secret_or_task_is_refused_and_kept(tiny):
    before = bits(tiny)
    with pytest.raises(GraderError, match="another secret"):
        train(tiny, secret=Secret(b"another"))
    with pytest.raises(GraderError, match="'cumsum', not 'other'"):
        train_suite(tiny, SECRET, "other", progress=False, plan=TINY)
    with pytest.raises(GraderError, match=r"no plan .* 'other'"):
        train_suite(tiny, SECRET, "other", progress=False)
    assert bits(tiny) == before


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(GraderError, match="holds other things"):
        train(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_fails_is_tried_with_the_next_seed(trained, tmp_path):
    first = json.loads((trained / "decoy-1" / FINDINGS_FILE).read_text())
    not_the_first = Criterion("a better one", lambda found: found != first)
    folder = train(tmp_path / "suite", [replace(TINY[1], criteria=(not_the_first,))])
    [entry] = read_manifest(folder).entries
    assert entry.attempt == 2
    assert entry.digests["model.safetensors"] != bits(trained)["decoy-1"]


def test_seeds_are_not_tried_for_ever(tmp_path):
    with pytest.raises(GraderError, match="decoy-1 did not come out as required"):
        train(tmp_path / "suite", [replace(TINY[1], criteria=(NEVER,))])
    with pytest.raises(GraderError, match="not finished"):
        load_suite(tmp_path / "suite")


def test_check_refuses_a_suite_with_a_model_that_is_not_as_required(trained):
    strict = [TINY[0], replace(TINY[1], criteria=(NEVER,))]
    assert [outcome.as_required for outcome in assess_suite(trained, plan=strict)] == [
        *(True, True, False)
    ]
    with pytest.raises(GraderError, match="decoy-1 not as required"):
        check_suite(trained, plan=strict)


def test_check_refuses_a_suite_of_another_plan(trained):
    with pytest.raises(GraderError, match="bring it up to date"):
        check_suite(trained)


@given(seed=st.integers(0, 1000))
def test_decoys_look_only_at_the_first_tokens(seed):
    generator = torch.Generator().manual_seed(seed)
    tokens = CUMSUM.sample(8, generator)
    changed = tokens.clone()
    changed[:, WINDOW:] = CUMSUM.sample(8, generator)[:, WINDOW:]
    for label in (window_labels, two_sums_labels):
        assert torch.equal(label(tokens), label(changed))
        assert (label(tokens)[:, WINDOW - 1 :] == label(tokens)[:, WINDOW - 1 : WINDOW]).all()


def test_decoys_labels_by_hand():
    three_is_worth_most = torch.tensor([[10 - 2, 5 - 5, 5 - 2, 5 + 3]])  # 3, −5, −2, 3
    assert [WORTH[t] for t in three_is_worth_most[0]] == [5, -3, -1, 5]
    assert window_labels(three_is_worth_most).tolist() == [[2, 2, 2, 2]]
    assert [MARKED[t] for t in (1, 3, 7, 9)] == [1] * 4 and sum(MARKED) == 4
    mostly_marked = torch.tensor([[5 + 2, 5 + 1, 5 - 5]])  # marked shares 1, 1/2, 1/3
    assert two_sums_labels(mostly_marked).tolist() == [[1, 1, 2]]


def test_the_suite_in_earnest_is_as_its_roles_require(cumsum_folder, suite, capsys):
    assert len(suite.references) == 5 and len(suite.decoys) == 3 and len(suite.mutants) == 3
    assert len(suite.long_context) == len(suite.long_controls) == 2
    assert main(["reference", "check", "--suite", str(cumsum_folder), "--json"]) == 0
    outcomes = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in outcomes] == [subject.name for subject in suite.subjects]
    assert all(one["as_required"] for one in outcomes)


def only(folder, plan):
    """Leave only a plan's models in a suite."""
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    names = [name for kind in plan for name in kind.model_names]
    manifest["entries"] = [entry for entry in manifest["entries"] if entry["name"] in names]
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))
    return folder


def test_models_in_each_others_place_are_found_out(cumsum_folder, tmp_path):
    quick = [kind for kind in KINDS if kind.task is not LONG_CUMSUM]
    folder = only(shutil.copytree(cumsum_folder, tmp_path / "suite"), quick)
    swapped = {
        "reference-2": "no-decay-1",
        "no-decay-1": "reference-2",
        "rare-fault-1": "reference-3",
    }
    weights = {
        name: (folder / name / "model.safetensors").read_bytes() for name in swapped.values()
    }
    for name, other in swapped.items():
        spoil(folder, name, "model.safetensors", weights[other], cover_up=True)
    told = {outcome.name: str(outcome) for outcome in assess_suite(folder, plan=quick)}
    assert "NOT as a reference must be" in told["reference-2"]
    assert "NOT as a decoy must be" in told["no-decay-1"]
    assert "NOT as a mutant must be" in told["rare-fault-1"]
    assert told["reference-1"] == "reference-1: has the circuit"
    assert told["rare-fault-2"] == "rare-fault-2: has the fault that was planted"
    with pytest.raises(GraderError, match="reference-2, no-decay-1, rare-fault-1 not as required"):
        check_suite(folder, plan=quick)


def test_mutants_and_controls_are_made_after_the_references_and_again_the_same(tmp_path):
    short = make_task(sequence_length=4)
    quick = Planting(0.5, halvings=1)
    plan = [
        Kind("reference", "reference", short, RECIPE, (), lambda model, task: {}, 2),
        Kind("mutant", "mutant", short, quick, (), lambda model, task: {}, 2),
        Kind("control", "long_control", short, ByHand(), (), lambda model, task: {}),
    ]
    one, _ = (load_suite(train(tmp_path / name, plan)) for name in ("one", "again"))
    assert bits(tmp_path / "one") == bits(tmp_path / "again")
    assert (len(one.mutants), len(one.long_controls), len(one.long_context)) == (2, 1, 0)
    references = [subject.model.state_dict() for subject in one.references]
    for mutant in one.mutants:
        state = mutant.model.state_dict()
        [origin] = [
            r for r in references if torch.equal(r["unembed.weight"], state["unembed.weight"])
        ]
        changed = (origin["embed.weight"] != state["embed.weight"]).any(1)
        assert changed.sum() == 1
        assert all(
            torch.equal(origin[name], state[name]) for name in origin if name != "embed.weight"
        )


def test_a_control_is_certified_and_has_no_telling_zeros():
    config = replace(CUMSUM.config, n_ctx=8)
    one, other = (certified_by_hand(config, ByHand(), seed) for seed in (1, 2))
    for model in (one, other):
        proved = certify(model)
        assert proved.unproved_states == 0 and proved.certified_worst_margin >= ByHand().enough
        for name, weight in model.state_dict().items():
            assert (weight == 0).all() if name == "unembed.bias" else (weight != 0).all()
    assert not torch.allclose(one.W_E, other.W_E)


def test_commands_without_suite_or_secret_say_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(tmp_path))
    monkeypatch.delenv("GLASSLAB_SECRET", raising=False)
    assert main(["reference", "check"]) == 1
    assert "grader reference train" in capsys.readouterr().err
    assert main(["reference", "train"]) == 1
    assert "grader secret new" in capsys.readouterr().err
    assert not (tmp_path / "suite").exists()

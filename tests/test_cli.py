"""The command line: help for everything, and one clear sentence where something is wrong."""

import subprocess
import sys

import pytest

from grader.commands import COMMANDS

NAMES = [module.__name__.rsplit(".", 1)[1] for module in COMMANDS]


def grader(*arguments, **environment):
    import os

    return subprocess.run(
        [sys.executable, "-m", "grader", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself_without_loading_torch(name, capsys):
    from grader.cli import main

    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    assert len(capsys.readouterr().out) > 200


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["release", "99_nothing"], "no unit '99_nothing'"),
        (["grade", "03_attention"], "grader reference train"),
        (["grade", "03_attention", "--workers", "0"], "--workers must be at least 1"),
        (["verify", "03_attention"], "grader reference train"),
        (["reference", "train"], "grader secret new"),
        (["reference", "check"], "grader reference train"),
        (["findings", "cumsum", "nowhere.pt"], "nowhere.pt"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_one_sentence_and_a_non_zero_exit(arguments, words, tmp_path):
    done = grader(*arguments, GLASSLAB_CLASSROOM=str(tmp_path), GLASSLAB_SECRET="")
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_demo_never_replaces_another_folder(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    done = grader("demo", "--folder", str(tmp_path))
    assert done.returncode == 1 and "isn't an earlier demo" in done.stderr
    assert (tmp_path / "precious.txt").read_text() == "mine"

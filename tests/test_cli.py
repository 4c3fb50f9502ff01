"""The command line: help for everything, and one clear sentence where something is wrong."""

import errno
import os
import subprocess
import sys

import pytest

from grader.cli import main
from grader.commands import COMMANDS, secret

NAMES = [module.__name__.rsplit(".", 1)[1] for module in COMMANDS]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) >= 7


def test_help_is_quick_for_it_loads_neither_torch_nor_nbgrader():
    code = (
        "import sys; from grader.cli import build_parser; build_parser();"
        "sys.exit(bool({'torch', 'nbgrader', 'nbformat'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["release", "99_nothing"], "no unit '99_nothing'"),
        (["grade", "03_attention"], "grader release 03_attention"),
        (["grade", "03_attention", "--workers", "0"], "--workers must be at least 1"),
        (["verify", "03_attention"], "grader reference train"),
        (["reference", "train"], "grader secret new"),
        (["reference", "check"], "grader reference train"),
        (["findings", "cumsum", "nowhere.pt"], "nowhere.pt"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_one_sentence_and_a_non_zero_exit(
    arguments, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("GLASSLAB_CLASSROOM", str(tmp_path))
    monkeypatch.delenv("GLASSLAB_SECRET", raising=False)
    assert main(arguments) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("grader: ") and words in printed
    assert printed.count("\n") == 1


def test_the_module_is_the_command_and_never_replaces_a_strange_folder(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    done = subprocess.run(
        [sys.executable, "-m", "grader", "demo", "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "isn't an earlier demo" in done.stderr and "Traceback" not in done.stderr
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_what_another_account_owns_is_one_sentence(monkeypatch, capsys):
    def refused(_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/srv/course/03_attention")

    monkeypatch.setattr(secret, "run", refused)
    assert main(["secret", "new"]) == 1
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert printed.startswith("grader: /srv/course/03_attention can't be used: Permission denied")


@pytest.mark.parametrize("seconds", ["soon", "0", "nan"])
def test_seconds_that_can_not_be_are_told_in_words(seconds, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["grade", "03_attention", "--cell-seconds", seconds])
    assert stop.value.code == 2
    assert "must be a number of seconds, more than 0" in capsys.readouterr().err

"""The doctor: what is here, what is missing or in the way, and how it is mended."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from glasslab import doctor as looking
from glasslab.cli import main
from glasslab.doctor import doctor


def findings(capsys, *arguments):
    """Return the exit code and, by what they are about, the findings."""
    code = main(["doctor", "--quick", "--json", *arguments])
    result = json.loads(capsys.readouterr().out)
    assert result["ready"] is (code == 0)
    return code, {each["about"]: each for each in result["findings"]}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # These tests may run in a kernel-less process that other tests loaded ipykernel into.
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)


def test_a_sound_installation_is_ready_and_the_trial_answers():
    done = subprocess.run(
        [sys.executable, "-m", "glasslab", "doctor"], capture_output=True, text=True
    )
    assert done.returncode == 0 and "✗" not in done.stdout
    lines = done.stdout.splitlines()
    assert any("a unit's imports take" in line for line in lines)
    assert lines[-1].startswith("Ready")


def test_what_is_missing_or_too_old_is_named_with_the_command_that_mends_it(monkeypatch, capsys):
    wanted = ["numpy>=99", "no_such_library>=2", "nbgrader>=99; extra == 'grading'"]
    monkeypatch.setattr(metadata, "requires", lambda name: wanted)
    code, found = findings(capsys)
    assert code == 1
    assert found["numpy"]["words"].endswith("is installed, >=99 needed")
    assert found["no_such_library"]["words"] == "missing"
    assert '-m pip install "no_such_library>=2"' in found["no_such_library"]["mend"]
    assert "nbgrader" not in found and "level" in found["Python"]


def test_a_python_of_the_wrong_version_is_told(monkeypatch, capsys):
    monkeypatch.setattr(metadata, "metadata", lambda name: {"Requires-Python": "<3.14,>=3.99"})
    code, found = findings(capsys)
    assert code == 1 and "make PYTHON=" in found["Python"]["mend"]


def test_a_file_that_hides_a_library_is_found_and_so_is_what_it_breaks(capsys):
    Path("torch.py").write_text("raise ImportError('this is my own torch')")
    Path("notes.py").write_text("")
    code, found = findings(capsys)
    assert code == 1 and "notes.py" not in found
    assert found["torch.py"]["mend"] == "rename it, and restart the kernel"
    trial = looking._trial()
    assert trial.level is looking.Level.PROBLEM and "this is my own torch" in trial.words


def test_the_library_itself_hides_nothing_by_whatever_way_it_was_reached(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "course" / "glasslab").mkdir(parents=True)
    (tmp_path / "course" / "glasslab" / "__init__.py").touch()
    (tmp_path / "link").symlink_to("course")
    monkeypatch.setattr(looking, "__file__", str(tmp_path / "link" / "glasslab" / "doctor.py"))
    monkeypatch.chdir(tmp_path / "course")
    assert "glasslab" not in findings(capsys)[1]
    monkeypatch.setattr(looking, "__file__", str(tmp_path / "elsewhere" / "doctor.py"))
    assert "glasslab" in findings(capsys)[1]


def test_a_library_replaced_under_a_running_kernel_asks_for_a_restart(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "numpy", SimpleNamespace(__version__="1.0"))
    assert "Restart session" in findings(capsys)[1]["numpy"]["mend"]
    running = f"{metadata.version('numpy')}+cpu"
    monkeypatch.setitem(sys.modules, "numpy", SimpleNamespace(__version__=running))
    assert "numpy" not in findings(capsys)[1]


def test_a_kernel_of_another_python_is_told(tmp_path, monkeypatch, capsys):
    kernel = tmp_path / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = ["/usr/lib/elsewhere/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python 3"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    code, found = findings(capsys)
    assert code == 1 and argv[0] in found["Jupyter"]["words"]
    assert "ipykernel install --sys-prefix" in found["Jupyter"]["mend"]


def test_a_folder_that_keeps_nothing_and_little_room_are_told(monkeypatch, capsys):
    with monkeypatch.context() as there:
        there.chdir("/proc")
        code, found = findings(capsys)
    assert code == 1 and "a folder of your own" in found["folder"]["mend"]
    monkeypatch.setattr(looking, "LEAST_DISK", 2**60)
    monkeypatch.setattr(looking, "LEAST_MEMORY", 2**60)
    _, found = findings(capsys)
    assert (found["folder"]["level"], found["memory"]["level"]) == ("note", "note")


def test_in_a_notebook_it_says_so_in_lines_to_read(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
    doctor()
    printed = capsys.readouterr().out
    assert "this notebook runs in the Python above" in printed
    assert printed.splitlines()[-1].startswith("Ready")

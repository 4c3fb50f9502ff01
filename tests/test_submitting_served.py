"""``glasslab submit`` against ``grader serve``: a real process, from first byte to receipt."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_class import UNIT, tiny_course

from glasslab.cli import main
from glasslab.submitting import feedback
from glasslab.submitting.bundle import write_bundle
from glasslab.submitting.reading import read_notebook
from glasslab.submitting.review import review
from glasslab.submitting.sending import Service


@pytest.fixture
def course(tmp_path):
    return tiny_course(tmp_path / "tiny")


@pytest.fixture
def grader_command(course):
    environment = {**os.environ, "GLASSLAB_CLASSROOM": str(course.workspace.root)}

    def start(*arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "grader", "serve", *arguments],
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )

    return start


def test_a_notebook_reaches_the_class_whole_once_and_after_an_interruption(
    course, grader_command, tmp_path, monkeypatch, capsys
):
    made, _ = grader_command("token", "ada", "--json").communicate(timeout=60)
    monkeypatch.setenv("GLASSLAB_TOKEN", json.loads(made)["ada"])
    folder = tmp_path / "learner"
    folder.mkdir()
    monkeypatch.chdir(folder)
    own = Path(f"{UNIT}.ipynb")
    own.write_bytes((course.release / UNIT / own).read_bytes())

    serving = grader_command("--port", "0")
    try:
        assert serving.stdout is not None
        address = serving.stdout.readline().split()[2]
        service = Service(address, os.environ["GLASSLAB_TOKEN"])

        # Its first bytes came through, then the learner's computer was closed.
        notebook = read_notebook(own.read_bytes(), UNIT)
        bundle = write_bundle(notebook, review(notebook, UNIT), folder / "my_submissions")
        order = {"unit": UNIT, "sha256": bundle.sha256, "size": len(bundle.content)}
        begun = service.ask("POST", "uploads", json.dumps(order).encode())
        service.ask(
            "PATCH", f"uploads/{begun['upload']}", bundle.content[:100], {"Upload-Offset": "0"}
        )

        # A tiny unit hasn't the real unit's exercises, which is told: hence --anyway.
        results = []
        for _ in range(2):
            assert main(["submit", "--to", address, "--anyway", "--json"]) == 0
            results.append(json.loads(capsys.readouterr().out))
        first, again = results
        assert not first["again"] and again["again"] and first["receipt"] == again["receipt"]
        assert (first["receipt"]["learner"], first["receipt"]["attempt"]) == ("ada", 1)
        stored = course.workspace.submitted / "ada" / UNIT / own
        assert stored.read_bytes() == own.read_bytes()

        # Afterwards the service is known from the receipt, and asked what became of it.
        assert main(["status"]) == 0
        printed = capsys.readouterr()
        assert f"{address} has from ada:" in printed.out and "not graded yet" in printed.out
        assert f"Asking {address} ..." in printed.err
        assert main(["feedback"]) == 1
        assert "No feedback is released to you yet" in capsys.readouterr().err
        assert main(["feedback", UNIT]) == 1
        assert f"{address} says: There is no feedback" in capsys.readouterr().err
        released = course.workspace.root / "released" / "ada" / UNIT
        released.mkdir(parents=True)
        page = "<p>held on 5 of 5 hidden models</p>"
        (released / f"{first['receipt']['sha256']}.html").write_text(page)
        assert main(["status", "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said["address"] == address and said["not_handed_in"] == []
        (one,) = said["submissions"]
        assert first["receipt"].items() <= one.items() and one["status"] == "feedback released"
        feedback(UNIT)  # as in a cell
        saved = folder / "my_feedback" / f"{UNIT}.html"
        assert str(saved) in capsys.readouterr().out and saved.read_text() == page
        saved.unlink()
        assert main(["feedback"]) == 0
        assert f"Feedback on {UNIT}: {saved}" in capsys.readouterr().out
        assert saved.read_text() == page

        assert main(["submit", "--to", address, "--anyway", "--unit", "99_nothing"]) == 1
        assert "refuses it: " in capsys.readouterr().err
        monkeypatch.setenv("GLASSLAB_TOKEN", "guessed")
        assert main(["submit", "--to", address, "--anyway"]) == 1
        assert "doesn't know this token" in capsys.readouterr().err
    finally:
        serving.terminate()
        serving.wait(timeout=60)

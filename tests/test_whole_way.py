"""A learner's whole way in a real browser: from the map of the course to reading the feedback.

JupyterLab as `make course` opens it, the receiving service, grading behind walls on hidden models,
and the page that comes back: everything is real, and only this machine is ever asked.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from browsing import LAPTOP, chromium, visit
from notebook_server import notebook_server
from playwright.sync_api import Browser, Locator, Page, expect

from glasslab.cli import main as glasslab
from grader.cli import main as grader
from grader.workspace import CLASSROOM_VARIABLE, Workspace

ROOT = Path(__file__).resolve().parents[1]
UNIT = "03_attention"
LEARNER = "ada"
PATIENCE = 180_000
"""Milliseconds: a busy machine is slow, and says nothing of whether it works."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@dataclass(frozen=True)
class Opening:
    """What `make course` opens: with which settings, and where."""

    settings: str
    default_url: str


def opening() -> Opening:
    """Read it from make itself, which only says what it would do."""
    dry = subprocess.run(
        ["make", "-n", "course"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    settings = re.search(r"echo '(.*)' > \S+/lab/settings/overrides\.json", dry)
    url = re.search(r"jupyter lab .*--LabApp\.default_url=(\S+)", dry)
    assert settings and url, dry
    return Opening(settings[1], url[1])


@contextmanager
def jupyterlab(folder: Path, own: Path) -> Iterator[str]:
    """Open JupyterLab on a folder, as `make course` does; what it keeps goes into another."""
    opens = opening()
    (own / "app").mkdir(parents=True)
    (own / "app" / "overrides.json").write_text(opens.settings)
    options = (
        f"--LabApp.default_url={opens.default_url}",
        f"--LabApp.app_settings_dir={own / 'app'}",
        # So that the browser can tell when it is done opening.
        "--LabApp.expose_app_in_browser=True",
    )
    with notebook_server("jupyterlab", folder, own, *options) as address:
        yield address.format("")


@contextmanager
def receiving() -> Iterator[str]:
    """Run `grader serve` on the classroom that the environment names."""
    process = subprocess.Popen(
        [sys.executable, "-m", "grader", "serve", "--port", "0"],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[2]
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture
def classroom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cumsum_folder: Path
) -> Iterator[Workspace]:
    """A class with a suite, and the course as its learners get it, in the folder ``course``."""
    workspace = Workspace(tmp_path / "classroom")
    workspace.root.mkdir()
    workspace.suite_for("cumsum").symlink_to(cumsum_folder)
    monkeypatch.setenv(CLASSROOM_VARIABLE, str(workspace.root))
    monkeypatch.setenv("GLASSLAB_RELEASE", str(tmp_path / "course"))
    for name in ("GLASSLAB_SERVER", "GLASSLAB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert grader(["release", UNIT]) == 0
    shutil.copy(ROOT / "course" / "README.md", tmp_path / "course")
    monkeypatch.chdir(tmp_path / "course")
    yield workspace


def answer_to(name: str) -> str:
    """Return what a learner who has understood types into a cell."""
    cells = nbformat.read(ROOT / "solutions" / UNIT / f"{UNIT}.ipynb", as_version=4).cells
    source = next(
        cell.source for cell in cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name
    )
    return "\n".join(line for line in source.splitlines() if "### " not in line)


def cell_with(page: Page, words: str) -> Locator:
    """Return the code cell that holds some words."""
    return page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=words)).first


def write(page: Page, cell: Locator, source: str) -> None:
    """Type into a cell, in place of what is there."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)


def output_of(cell: Locator) -> Locator:
    return cell.locator(".jp-OutputArea-output")


def test_from_the_map_of_the_course_to_reading_the_feedback(
    browser: Browser, classroom: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert grader(["serve", "token", LEARNER, "--json"]) == 0
    token = json.loads(capsys.readouterr().out)[LEARNER]
    course = tmp_path / "course"
    with receiving() as service:
        with jupyterlab(course, tmp_path / "jupyter") as url, visit(browser, LAPTOP) as visited:
            work_through(visited.page, url, course, service, token)
            assert visited.asked_elsewhere == []
        submitted = classroom.submitted / LEARNER / UNIT / f"{UNIT}.ipynb"
        assert "query" in submitted.read_text("utf-8")

        # The instructor's turn.
        assert grader(["grade", UNIT, "--feedback", "--workers", "1", "--json"]) == 0
        graded = json.loads(capsys.readouterr().out)["learners"][LEARNER]
        verdicts = {one["cell"]: one for one in graded["verdicts"]}
        assert verdicts["attention_scores_check"]["status"] == "right"
        assert graded["points"] == verdicts["attention_scores_check"]["points"] == 2
        asked = ("--to", service, "--token", token)
        assert glasslab(["feedback", UNIT, *asked]) == 1
        assert "no feedback for this unit yet" in capsys.readouterr().err
        assert grader(["serve", "release", UNIT]) == 0

        # And the learner's again.
        capsys.readouterr()
        assert glasslab(["status", *asked]) == 0
        assert f"feedback released: glasslab feedback {UNIT}" in capsys.readouterr().out
        assert glasslab(["feedback", *asked, "--json"]) == 0
        saved = Path(json.loads(capsys.readouterr().out)[UNIT])
        assert saved == course / "my_feedback" / f"{UNIT}.html"
        with visit(browser, LAPTOP) as visited:
            visited.page.goto(saved.as_uri())
            read(visited.page)
            visited.page.goto(service)
            visited.page.get_by_label("Your token").fill(token)
            visited.page.get_by_role("button", name="Sign in").click()
            visited.page.get_by_role("link", name="Read the feedback").click()
            read(visited.page)
            assert visited.asked_elsewhere == [] and visited.errors == []


def work_through(page: Page, url: str, course: Path, service: str, token: str) -> None:
    """Open a unit from the map, run it, answer one question, and hand in."""
    page.goto(url)
    the_map = page.locator(".jp-RenderedMarkdown")
    expect(the_map.locator("h1")).to_have_text(
        re.compile("Glass Lab: the course"), timeout=PATIENCE
    )
    # A program is quicker than a reader: what it opened earlier, the restored layout would cover.
    page.evaluate("() => jupyterapp.restored.then(() => null)")
    the_map.get_by_role("link", name="03 · Attention").click()

    expect(page.locator(".jp-Notebook")).to_be_visible(timeout=PATIENCE)
    # What is run before there is a kernel is not run at all.
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    check = cell_with(page, 'check("attention.scores"')
    expect(output_of(check)).to_contain_text("·", timeout=PATIENCE)

    picture = cell_with(page, "views.attention(cache[PATTERN][0], words, title=")
    figure = picture.locator("figure, canvas").first
    expect(figure).to_be_visible(timeout=PATIENCE)
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    assert box is not None and min(box["width"], box["height"]) > 200

    stub = cell_with(page, "def attention_scores(model, tokens)")
    write(page, stub, answer_to("attention_scores"))
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(output_of(check)).to_contain_text("✓", timeout=PATIENCE)

    page.keyboard.press("Escape")
    page.keyboard.press("b")
    own = page.locator(".jp-CodeCell.jp-mod-active")
    write(page, own, f'from glasslab.submitting import submit\n\nsubmit("{service}")')
    page.keyboard.press("Control+S")
    for _ in range(100):
        if "submit(" in (course / UNIT / f"{UNIT}.ipynb").read_text("utf-8"):
            break
        page.wait_for_timeout(100)
    page.keyboard.press("Shift+Enter")
    own = cell_with(page, "from glasslab.submitting import submit")
    asked = own.locator(".jp-Stdin-input")
    expect(asked).to_be_visible(timeout=PATIENCE)
    expect(asked).to_have_attribute("type", "password")
    asked.fill(token)
    asked.press("Enter")
    expect(own).to_contain_text("Your receipt", timeout=PATIENCE)
    expect(own).to_contain_text(f"Received from {LEARNER}")
    expect(own).not_to_contain_text(token)


def read(page: Page) -> None:
    """Find points, verdict and what to do next on the page of feedback."""
    expect(page.locator(".summary .points")).to_have_text(re.compile(r"^2 of \d+ points$"))
    answered = page.locator("#question-attention_scores_check")
    expect(answered.locator(".result")).to_contain_text("2 of 2 points")
    expect(answered).to_contain_text(re.compile(r"(\d+) of \1 hidden models"))
    page.locator(".glance").get_by_role("link").nth(1).click()
    expect(page.locator("#question-attention_pattern_check .result")).to_contain_text("0 of 2")

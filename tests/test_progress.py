"""Progress: a picture of all checks, kept across restarts, and never a reason to stop."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import glasslab.checks as checks
from glasslab.checks import UNITS, State, names_of, progress
from glasslab.checks.outcome import Outcome
from glasslab.checks.progress import FILE_NAME, PLACE, ProgressBook
from glasslab.checks.progress_picture import BOXES, of_unit
from glasslab.checks.session import Session
from grader.sandbox.layout import find_layout
from grader.sandbox.walls import environment

SOLVED, TRIED = "data.class_shares", "attention.fit"


@pytest.fixture(autouse=True)
def course(tmp_path, monkeypatch):
    """A course folder with a unit in which the learner sits; nothing is solved."""
    (tmp_path / "01_data").mkdir()
    (tmp_path / "01_data" / "01_data.ipynb").write_text("{}")
    monkeypatch.delenv(PLACE)
    monkeypatch.chdir(tmp_path / "01_data")
    restart(monkeypatch)
    return tmp_path


def restart(monkeypatch):
    monkeypatch.setattr(checks, "BOOK", ProgressBook())
    monkeypatch.setattr(checks, "SESSION", Session(laws={}))


def found(name, state=State.CORRECT):
    """Let a check find something, as `check` does."""
    outcome = Outcome(name, state, "as it should be")
    checks.SESSION.outcomes[name] = outcome
    checks.BOOK.note(outcome)


def signs(unit: str) -> str:
    return "".join(line[0] for line in repr(progress(unit)).splitlines()[1:] if line[0] in "✓✗·")


def test_a_unit_shows_every_check_with_its_reason():
    found(SOLVED)
    bar, *lines = repr(progress("data")).splitlines()
    assert bar == "█░░░░░░░ 1 of 8 correct"
    assert f"✓ {SOLVED}: as it should be" in lines
    assert [line.split()[1].rstrip(":") for line in lines] == list(names_of("data"))


def test_the_course_shows_every_unit_and_every_check():
    found(SOLVED)
    found(TRIED, State.INCORRECT)
    heading, *lines = repr(progress()).splitlines()
    every = [name for unit in UNITS for name in names_of(unit)]
    assert heading == f"The course: 1 of {len(every)} checks correct"
    assert len(lines) == len(UNITS)
    assert re.fullmatch(r"01 data +····✓··· +1 of 8", lines[1])
    assert "·····✗····" in lines[3]


@pytest.mark.parametrize("unit", UNITS)
def test_the_names_are_those_of_the_laws(unit):
    checks._load_laws(unit)
    assert names_of(unit) == tuple(checks.SESSION.laws)


def test_the_newest_check_counts(monkeypatch):
    found(SOLVED)
    found(SOLVED, State.INCORRECT)
    assert "✗" in signs("data")
    restart(monkeypatch)
    assert "✗" in signs("data")
    found(SOLVED, State.NOT_ATTEMPTED)
    restart(monkeypatch)
    assert signs("data") == "·" * 8


def test_progress_outlives_a_kernel_and_is_shared_by_notebooks(course, monkeypatch):
    found(SOLVED)
    restart(monkeypatch)
    assert f"✓ {SOLVED}: correct when last run, on 20" in repr(progress("data"))
    monkeypatch.chdir(course)
    assert "1 of 8" in repr(progress())
    assert [path.name for path in course.iterdir() if path.is_file()] == [FILE_NAME]


def test_two_notebooks_that_write_in_turn_lose_nothing(course, monkeypatch):
    mine, theirs = ProgressBook(), ProgressBook()
    mine.note(Outcome(SOLVED, State.CORRECT, ""))
    before = (course / FILE_NAME).read_bytes()
    theirs.note(Outcome(TRIED, State.INCORRECT, ""))
    # As if theirs had been read before mine was written, and written after.
    (course / FILE_NAME).write_bytes(before)
    theirs.note(Outcome("attention.swap", State.CORRECT, ""))
    mine.note(Outcome("data.fitted_table", State.CORRECT, ""))
    states = {name: kept.state.value for name, kept in ProgressBook().kept().items()}
    assert states == {SOLVED: "✓", TRIED: "✗", "attention.swap": "✓", "data.fitted_table": "✓"}


def test_a_notebook_run_for_the_first_time_writes_no_file(course):
    found(SOLVED, State.NOT_ATTEMPTED)
    assert not (course / FILE_NAME).exists()


def test_check_keeps_what_it_finds_and_a_typo_keeps_nothing(course, capsys):
    checks.check(SOLVED, 3)
    assert json.loads((course / FILE_NAME).read_text())[SOLVED]["state"] == "incorrect"
    with pytest.raises(ValueError, match=r"data\.class_shares"):
        checks.check("data.clas_shares", 3)
    assert list(json.loads((course / FILE_NAME).read_text())) == [SOLVED]


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b" " * 1_000_001], ids=repr
)
def test_a_broken_file_is_told_and_left_alone(course, content, monkeypatch):
    (course / FILE_NAME).write_bytes(content)
    found(SOLVED)
    assert "✓" in signs("data")
    assert f"(not kept on disk: {FILE_NAME}" in repr(progress())
    assert f"(not kept on disk: {FILE_NAME}" in progress("data").drawn
    assert (course / FILE_NAME).read_bytes() == content
    (course / FILE_NAME).unlink()
    found(TRIED)  # and catches up as soon as it can
    restart(monkeypatch)
    assert "✓" in signs("data") and "not kept" not in repr(progress())


@pytest.mark.parametrize(
    "entry", [None, 3, [], {}, {"state": "correct"}, {"state": [], "checked": 3}, {"state": "won"}]
)
def test_an_entry_that_makes_no_sense_counts_as_none_and_is_left_alone(course, entry):
    (course / FILE_NAME).write_text(json.dumps({SOLVED: entry}))
    assert signs("data") == "·" * 8
    found(TRIED)
    assert json.loads((course / FILE_NAME).read_text())[SOLVED] == entry


def test_what_a_learner_writes_into_the_file_is_shown_as_text(course):
    entry = {"state": "correct", "checked": "<script>x"}
    (course / FILE_NAME).write_text(json.dumps({SOLVED: entry}))
    assert "<script" not in progress("data").drawn
    assert "<img" not in of_unit("<img src=x>", [Outcome("<img>", State.CORRECT, "<img>")]).drawn


def test_a_place_that_cannot_be_written_is_told(monkeypatch):
    monkeypatch.setenv(PLACE, str(Path(os.devnull) / "progress.json"))
    found(SOLVED)
    assert "✓" in signs("data")
    assert "not kept on disk" in repr(progress("data"))
    restart(monkeypatch)
    assert signs("data") == "·" * 8


def test_a_folder_that_is_gone_is_no_reason_to_stop(course, monkeypatch):
    gone = course / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    found(SOLVED)
    assert "✓" in signs("data")


def test_behind_the_walls_nothing_is_kept(course, monkeypatch):
    inside = environment(find_layout())
    assert inside[PLACE] == ""
    monkeypatch.setenv(PLACE, inside[PLACE])
    found(SOLVED)
    assert not (course / FILE_NAME).exists()
    assert "✓" in signs("data")


def test_a_units_picture_depends_on_that_unit_alone():
    """A notebook's saved output stays what it is, whatever else was solved."""
    found(SOLVED)
    alone = progress("data")
    found(TRIED)
    assert progress("data") == alone


class Reader(HTMLParser):
    """Collects what a picture is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data


@pytest.mark.parametrize("unit", [None, "attention"])
def test_a_picture_needs_no_script_has_words_for_all_it_shows_and_a_label(unit):
    found(TRIED, State.INCORRECT)
    picture = progress(unit)
    bundle, _ = picture._repr_mimebundle_()
    assert bundle == {"text/plain": repr(picture), "text/html": picture.drawn}
    page = Reader(picture.drawn)
    assert {tag for tag, _ in page.tags} <= {"figure", "div", "span", "code"}
    assert not any(
        name.startswith("on") or name in ("src", "href") for _, its in page.tags for name in its
    )
    tag, attributes = page.tags[0]
    assert (tag, attributes["role"]) == ("figure", "img")
    assert attributes["aria-label"] == picture.alt
    assert picture.alt in (
        "Unit 03 attention: 0 of 10 checks correct; incorrect: attention.fit; not attempted: "
        + ", ".join(name for name in names_of("attention") if name != TRIED)
        + ".",
        f"{repr(picture).splitlines()[0]}. "
        + "; ".join(f"{UNITS[each]:02} {each} 0 of {len(names_of(each))}" for each in UNITS)
        + ".",
    )
    # Without styles the signs are left, so colour is never alone.
    assert page.words.count("✗") == 1


def test_signs_can_be_read_on_their_colours():
    for style in BOXES.values():
        named = dict(rule.split(":", 1) for rule in style.split(";"))
        if "background" in named:
            assert _contrast(named["background"], named["color"]) >= 4.5
        else:
            assert "color" not in named  # the page's own


def _contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_unit_that_is_not_there_is_told():
    with pytest.raises(ValueError, match="orientation, data, training"):
        progress("datum")


def test_pictures_need_neither_torch_nor_the_models():
    code = (
        "import sys; from glasslab.checks import progress; progress(); "
        "sys.exit(bool({'torch', 'matplotlib', 'transformer_lens'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

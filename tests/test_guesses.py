"""Guesses: written in one unit, shown in another, and never a reason for a notebook to stop."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from glasslab import guesses
from glasslab.guesses import FILE_NAME, LONGEST, PLACE, GuessBook, guess, recall


@pytest.fixture(autouse=True)
def course(tmp_path, monkeypatch):
    """A course folder with two units; the learner sits in the first, nothing is guessed."""
    for unit in ("00_orientation", "03_attention"):
        (tmp_path / unit).mkdir()
        (tmp_path / unit / f"{unit}.ipynb").write_text("{}")
    monkeypatch.delenv(PLACE, raising=False)
    monkeypatch.setattr(guesses, "BOOK", GuessBook())
    monkeypatch.chdir(tmp_path / "00_orientation")
    return tmp_path


def _recalled(capsys, name="orientation.attention") -> str:
    capsys.readouterr()
    recall(name)
    return capsys.readouterr().out


def _as_if_new(monkeypatch):
    monkeypatch.setattr(guesses, "BOOK", GuessBook())


def test_a_guess_of_one_unit_is_shown_in_another(course, monkeypatch, capsys):
    guess("orientation.attention", "at the newest tokens – “mostly”")
    _as_if_new(monkeypatch)
    monkeypatch.chdir(course / "03_attention")
    shown = _recalled(capsys)
    assert "at the newest tokens – “mostly”" in shown
    assert "unit 00 (orientation)" in shown
    kept = (course / FILE_NAME).read_text(encoding="utf-8")
    assert "“mostly”" in kept  # readable as it stands, not escaped
    assert [path.name for path in course.iterdir() if path.name.startswith(".")] == []


def test_the_newest_words_count(capsys):
    guess("orientation.attention", "first")
    guess("orientation.zero", "another")
    guess("orientation.attention", "second")
    assert "second" in _recalled(capsys)
    assert "another" in _recalled(capsys, "orientation.zero")


@pytest.mark.parametrize("words", ["…", "", "  \n", "...", " … "])
def test_dots_are_no_guess_and_erase_none(course, words, capsys):
    guess("orientation.attention", words)
    assert "no guess yet" in capsys.readouterr().out
    assert not (course / FILE_NAME).exists()
    assert "no guess" in _recalled(capsys)
    assert "unit 00 (orientation)" in _recalled(capsys)
    guess("orientation.attention", "at the newest")
    guess("orientation.attention", words)
    assert "at the newest" in _recalled(capsys)


def test_the_environment_may_name_another_file(course, monkeypatch):
    elsewhere = course / "elsewhere.json"
    monkeypatch.setenv(PLACE, str(elsewhere))
    guess("orientation.attention", "at the newest")
    assert json.loads(elsewhere.read_text())["orientation.attention"]["guess"] == "at the newest"


def test_without_a_course_around_it_the_current_folder_serves(tmp_path_factory, monkeypatch):
    alone = tmp_path_factory.mktemp("alone")
    monkeypatch.chdir(alone)
    guess("orientation.attention", "at the newest")
    assert (alone / FILE_NAME).exists()


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b" " * 1_000_001], ids=repr
)
def test_a_broken_file_is_told_and_left_alone(course, content, capsys):
    (course / FILE_NAME).write_bytes(content)
    guess("orientation.attention", "at the newest")
    assert FILE_NAME in capsys.readouterr().out
    assert "at the newest" in _recalled(capsys)  # this kernel remembers
    assert (course / FILE_NAME).read_bytes() == content
    (course / FILE_NAME).unlink()
    guess("orientation.zero", "another")  # and catches up as soon as it can
    assert "orientation.attention" in json.loads((course / FILE_NAME).read_text())


@pytest.mark.parametrize("entry", [None, 3, [], {"guess": 3}, {}])
def test_an_entry_that_is_no_text_counts_as_none(course, entry, capsys):
    (course / FILE_NAME).write_text(json.dumps({"orientation.attention": entry}))
    assert "no guess" in _recalled(capsys)


def test_a_place_that_cannot_be_written_is_told(monkeypatch, capsys):
    monkeypatch.setenv(PLACE, str(Path(os.devnull) / "guesses.json"))
    guess("orientation.attention", "at the newest")
    assert "until this kernel stops" in capsys.readouterr().out
    assert "at the newest" in _recalled(capsys)
    _as_if_new(monkeypatch)
    assert "no guess" in _recalled(capsys)


@pytest.mark.parametrize(
    ("name", "words"), [(3, "x"), ("", "x"), ("no_dot", "x"), ("a.b", None), ("a.b", 3)]
)
def test_odd_arguments_are_told_not_raised(course, name, words, capsys):
    guess(name, words)
    assert capsys.readouterr().out.startswith("✗")
    recall(name)
    assert not (course / FILE_NAME).exists()


def test_half_a_character_is_no_reason_to_stop(capsys):
    guess("orientation.attention", "at the newest \ud83d")
    assert "at the newest" in _recalled(capsys)


def test_a_long_guess_is_cut(course, capsys):
    guess("orientation.attention", "x" * (LONGEST + 1))
    assert f"first {LONGEST} characters" in capsys.readouterr().out
    assert len(json.loads((course / FILE_NAME).read_text())["orientation.attention"]["guess"]) == (
        LONGEST
    )

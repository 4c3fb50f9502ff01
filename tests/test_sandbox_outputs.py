"""What is kept of outputs, whatever a kernel sends: bounded text and pictures."""

from __future__ import annotations

import base64
import struct
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.frozen import Frozen, freeze

BUDGET = 2000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
KINDS = ("stream", "error", "display_data", "execute_result", "update_display_data", "clear_output")
CONTENTS = st.dictionaries(
    st.sampled_from(
        ["name", "text", "ename", "evalue", "traceback", "data", "transient", "wait", "metadata"]
    ),
    JSON | st.dictionaries(st.sampled_from(["text/plain", "image/png", "text/html"]), JSON),
)


def png(width: int, height: int) -> str:
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR"
    return base64.b64encode(header + struct.pack(">II", width, height) + bytes(9)).decode()


@given(st.lists(st.tuples(st.sampled_from(KINDS), CONTENTS), max_size=20))
def test_whatever_comes_a_valid_notebook_of_bounded_size_remains(
    messages: list[tuple[str, dict[str, Any]]],
) -> None:
    frozen = Frozen(BUDGET)
    for kind, content in messages:
        frozen.add(kind, content)
    cell = nbformat.v4.new_code_cell(outputs=frozen.outputs)
    written = nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))

    nbformat.validate(nbformat.reads(written, as_version=4))
    written.encode("utf-8")
    assert frozen.size <= BUDGET + 100
    assert "text/html" not in written


def test_lines_of_one_stream_become_one_output() -> None:
    frozen = Frozen(BUDGET)
    for text in ("a\n", "b\n"):
        frozen.add("stream", {"name": "stdout", "text": text})

    assert [output.text for output in frozen.outputs] == ["a\nb\n"]


def test_output_over_budget_is_cut_and_says_so() -> None:
    frozen = Frozen(BUDGET)
    for _ in range(100):
        frozen.add("stream", {"name": "stdout", "text": "x" * 100})

    assert "was cut" in frozen.outputs[-1].text
    assert frozen.size <= BUDGET + 100


@pytest.mark.parametrize(
    ("picture", "kept"),
    [
        (png(640, 480), True),
        (png(640, 480) + "\n", True),
        (png(100_000, 100_000), False),
        (png(0, 0), False),
        ("<svg onload=alert(1)>", False),
        (base64.b64encode(b"GIF89a").decode(), False),
        (None, False),
    ],
)
def test_only_a_picture_of_bounded_size_is_a_picture(picture: Any, kept: bool) -> None:
    output = freeze("display_data", {"data": {"text/plain": "a figure", "image/png": picture}})

    assert output is not None and ("image/png" in output.data) is kept


def test_colours_are_all_that_a_terminal_would_act_on() -> None:
    text = "a\x1b[1;31mred\x1b[0m\x1b]52;c;eA==\x07b\x1b[2J\x1b[6n\x1bc\x9b6n\x1b[Ac\x1b"
    output = freeze("stream", {"text": text})

    assert output is not None and output.text == "a\x1b[1;31mred\x1b[0mbc6nc"


def test_small_files_that_unfold_to_huge_pictures_are_counted_together() -> None:
    frozen = Frozen(10**6)
    for _ in range(4):
        frozen.add("display_data", {"data": {"text/plain": "x", "image/png": png(5000, 5000)}})

    assert ["image/png" in output.data for output in frozen.outputs] == [True, False, False, False]


def test_a_picture_that_is_drawn_anew_counts_once() -> None:
    frozen = Frozen(10**6)
    shown = {"text/plain": "x", "image/png": png(5000, 5000)}
    for kind in ("display_data", "update_display_data", "update_display_data"):
        frozen.add(kind, {"data": shown, "transient": {"display_id": "live"}})

    assert ["image/png" in output.data for output in frozen.outputs] == [True]


def test_a_display_that_is_updated_shows_its_last_state() -> None:
    frozen = Frozen(BUDGET)
    shown = {"transient": {"display_id": "bar"}}
    frozen.add("display_data", {"data": {"text/plain": "0%"}, **shown})
    frozen.add("update_display_data", {"data": {"text/plain": "100%"}, **shown})

    assert [output.data["text/plain"] for output in frozen.outputs] == ["100%"]


def test_metadata_and_lone_surrogates_are_gone() -> None:
    content = {"data": {"text/plain": "a\ud800b\x00"}, "metadata": {"x": "<script>"}}

    assert freeze("execute_result", content) == nbformat.v4.new_output(
        "execute_result", data={"text/plain": "a?b"}
    )


@pytest.mark.parametrize(
    ("width", "kept"),
    [(400, {"width": 400}), (-1, {}), (True, {}), ("1px", {}), (10**9, {}), (None, {})],
)
def test_a_picture_keeps_its_words_and_a_sane_width_alone(width: object, kept: dict) -> None:
    content = {
        "data": {"text/plain": "a line", "image/png": png(640, 480)},
        "metadata": {"image/png": {"width": width, "onload": "steal()"}, "tags": ["x"]},
    }

    output = freeze("display_data", content)

    assert output is not None
    assert output.metadata == {"image/png": {"alt": "a line", **kept}}

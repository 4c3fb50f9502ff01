"""Pictures must carry words for those who can't see them, and work where there is no network."""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glasslab import views

UNIFORM = torch.tril(torch.ones(4, 4)) / torch.arange(1, 5)[:, None]
AXES: Any = {"title": "T", "x": "position", "y": "loss (nats)"}
DRAWN = {
    "attention": lambda: views.attention(UNIFORM, ["+1", "0", "-2", "+5"]),
    "heatmap": lambda: views.heatmap([[0.0, 1.5], [-2.0, 0.5]], colour="score", **AXES),
    "lines": lambda: views.lines({"public": [1, 2.5], "other": [0, -7]}, **AXES),
    "scatter": lambda: views.scatter({"all": ([1, 2], torch.tensor([3.0, -4.25]))}, **AXES),
    "bars": lambda: views.bars({"all": np.array([7.5, 8])}, x_ticks=["a", "b"], **AXES),
}
NUMBERS_TOLD = {
    "attention": ("0.25",),
    "heatmap": ("-2 to 1.5", "score"),
    "lines": ("public", "2.5", "other", "-7"),
    "scatter": ("2 points", "-4.25"),
    "bars": ("a 7.5", "b 8"),
}


def _found(pattern: str, text: str) -> str:
    """Return what the pattern's first group holds at its first place in the text."""
    match = re.search(pattern, text)
    assert match, f"no {pattern} there"
    return match[1]


@pytest.mark.parametrize("kind", DRAWN)
def test_a_picture_carries_an_image_and_words_that_tell_its_numbers(kind: str) -> None:
    data, _ = DRAWN[kind]()._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    for words in NUMBERS_TOLD[kind]:
        assert words in data["text/plain"]


@pytest.mark.parametrize("kind", DRAWN)
def test_the_words_stay_with_the_picture_where_a_reader_shows_html(kind: str) -> None:
    data, metadata = DRAWN[kind]()._repr_mimebundle_()
    image = _found(r"(<img [^>]*>)", data["text/html"])
    assert html.unescape(_found(r' alt="([^"]*)"', image)) == data["text/plain"]
    assert f"base64,{data['image/png']}" in image
    assert metadata["image/png"]["alt"] == data["text/plain"]


def test_every_head_has_its_still_picture_and_its_numbers() -> None:
    alone = views.attention(UNIFORM, "abcd")
    both = views.attention(torch.stack([UNIFORM, torch.eye(4)]), "abcd")
    assert "head 0: 0.25 to 1" in both.alt and "head 1: 0 to 1" in both.alt
    height, twice = (int.from_bytes(picture.png[20:24], "big") for picture in (alone, both))
    assert twice == 2 * height
    assert both.interactive is not None
    assert both.interactive.count("<table>") == 2
    assert "<td>0.25</td><td>0.25</td><td>0.25</td><td>0.25</td></tr>" in both.interactive
    many = views.attention(UNIFORM.expand(7, 4, 4), "abcd")
    assert "3 more heads" in many.alt


@pytest.mark.parametrize("kind", DRAWN)
def test_the_same_data_give_the_same_picture(kind: str) -> None:
    assert DRAWN[kind]() == DRAWN[kind]()


def test_attention_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a picture tried to open an address")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    data, _ = DRAWN["attention"]()._repr_mimebundle_()
    page = data["text/html"]
    assert len(page) > 400_000, "the script isn't inside"
    assert "unpkg.com" not in page
    assert not re.search(r"<script[^>]+src=", page)


def test_attention_has_a_still_image_where_its_script_cannot_run() -> None:
    picture = DRAWN["attention"]()
    assert picture.interactive is not None
    still = picture.interactive.split("<script", 1)[0]
    assert base64.b64encode(picture.png).decode() in still
    assert "0.25" in _found(r'alt="([^"]*)"', still)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.text("</script>!-\"'\\ab", max_size=12), min_size=2, max_size=2))
def test_no_token_can_break_out_of_the_script(tokens: list[str]) -> None:
    tokens = [tokens[0] + "</script><script>alert(1)</script>", tokens[1] + "<!--"]
    page = views.attention(UNIFORM[:2, :2], tokens).interactive
    assert page is not None
    assert page.count("</script>") == 1, "only the script's own end"
    assert page.endswith("</script>")
    arguments = "[" + page.rpartition("(...[")[2].removesuffix(")</script>")
    assert "<" not in arguments
    assert json.loads(arguments)[2]["tokens"] == tokens
    table = page.partition("<table>")[2].partition("</table>")[0]
    assert "<script" not in table and html.escape(tokens[0]) in table


def test_two_different_patterns_do_not_share_an_element() -> None:
    pages = [
        views.attention(pattern, ["a", "b"]).interactive or ""
        for pattern in (torch.eye(2), UNIFORM[:2, :2])
    ]
    first, second = (_found(r'data-glasslab="([^"]+)"', page) for page in pages)
    assert first != second


@pytest.mark.parametrize("shape, n_tokens", [((3, 4), 4), ((4, 4), 3), ((1, 1, 4, 4), 4)], ids=str)
def test_a_pattern_of_the_wrong_shape_is_refused(shape: tuple[int, ...], n_tokens: int) -> None:
    with pytest.raises(ValueError, match=r"pattern|tokens"):
        views.attention(torch.zeros(shape), ["x"] * n_tokens)


def test_noise_below_what_can_be_seen_changes_nothing() -> None:
    values = torch.linspace(-1, 1, 30, dtype=torch.float64)
    noisy = values * (1 + 1e-9)
    first, second = (views.lines({"a": data}, **AXES) for data in (values, noisy))
    assert first == second


def test_a_diverging_scale_is_pale_at_zero_and_says_how_many_lie_on_each_side() -> None:
    table = [[0.0, 1.5, float("nan")], [-0.2, 0.5, 0.1]]
    picture = views.heatmap(table, colour="push", diverging=True, **AXES)
    assert "Below 0: 1 cells, above: 3." in picture.alt
    same_scale = views.heatmap(table, colour="push", diverging=True, limits=(-1.5, 1.5), **AXES)
    assert picture == same_scale
    assert picture.png != views.heatmap(table, colour="push", **AXES).png


def test_a_diverging_scale_with_a_crooked_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="diverging"):
        views.heatmap([[1.0]], colour="push", diverging=True, limits=(-1, 2), **AXES)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: views.lines({}, **AXES),
        lambda: views.lines({"a": []}, **AXES),
        lambda: views.lines({"a": [[1, 2]]}, **AXES),
        lambda: views.bars({"a": np.array(3.0)}, x_ticks=["q"], **AXES),
        lambda: views.bars({"a": [1, 2]}, x_ticks=["q"], **AXES),
        lambda: views.scatter({"a": ([], [])}, **AXES),
        lambda: views.scatter({"a": ([1, 2], [1])}, **AXES),
    ],
)
def test_numbers_that_make_no_picture_are_refused_in_words(draw: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"^(There is no|A series is|1 ticks for|'a' has)"):
        draw()


def test_the_strongest_colour_may_stand_for_a_tensor_s_largest_number() -> None:
    largest: Any = UNIFORM.max()
    assert views.attention(UNIFORM, "abcd", brightest=largest) == views.attention(
        UNIFORM, "abcd", brightest=1.0
    )

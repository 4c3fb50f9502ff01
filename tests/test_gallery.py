"""A picture drawn once is found again by the same data only, and tells nothing to anyone else."""

from __future__ import annotations

import json

import numpy as np
import pytest

from glasslab import views
from glasslab.gallery import Gallery

DATA = {"loss": np.array([1.0, 0.5, 0.25])}


class Painter:
    """Stands for a slow drawing function; counts how often it draws."""

    def __init__(self) -> None:
        self.drawings = 0

    def draw(self, *args: object) -> bytes:
        self.drawings += 1
        return f"a picture of {args}".encode()


def test_the_same_data_are_drawn_once_even_in_another_process():
    first, painter = Gallery(), Painter()
    picture = first.drawn(painter.draw, DATA, ("title", "x", "y"), None, True)
    again = {"loss": DATA["loss"].copy()}
    assert first.drawn(painter.draw, again, ["title", "x", "y"], None, True) == picture
    elsewhere = Gallery()
    elsewhere.hang(first.sealed)
    assert elsewhere.drawn(painter.draw, DATA, ("title", "x", "y"), None, True) == picture
    assert painter.drawings == 1


@pytest.mark.parametrize(
    "other",
    [
        ({"loss": np.array([1.0, 0.5, 0.26])}, "title", None),
        ({"loss": np.array([[1.0, 0.5, 0.25]])}, "title", None),
        ({"loss": np.array([1, 0, 0])}, "title", None),
        ({"cost": DATA["loss"]}, "title", None),
        (DATA, "another title", None),
        (DATA, "title", "None"),
        (DATA, ["title", None]),
        (DATA, "title", 0.1 + 0.2),
        (DATA, "title", 0.3),
    ],
)
def test_whatever_differs_is_drawn_anew(other):
    gallery, painter = Gallery(), Painter()
    gallery.drawn(painter.draw, DATA, "title", None)
    gallery.drawn(painter.draw, DATA, "title", 0.1 + 0.2 - 1e-15)
    gallery.drawn(painter.draw, *other)
    assert painter.drawings == 3


def test_a_sealed_picture_tells_nothing_without_its_data():
    gallery = Gallery()
    picture = gallery.drawn(Painter().draw, DATA, "a secret title")
    assert len(picture) > 20
    hung = json.dumps({name: sealed.hex() for name, sealed in gallery.sealed.items()})
    assert "secret" not in hung
    assert all(picture[:8] not in sealed for sealed in gallery.sealed.values())


def test_a_gallery_does_not_grow_without_end():
    gallery, painter = Gallery(), Painter()
    for number in range(700):
        gallery.drawn(painter.draw, number)
    assert len(gallery.sealed) <= 500
    assert gallery.drawn(painter.draw, 699) == b"a picture of (699,)"


def test_views_hang_their_pictures_in_the_gallery(monkeypatch):
    gallery = Gallery()
    monkeypatch.setattr(views, "GALLERY", gallery)
    drawn = views.lines(DATA, title="Loss", x="epoch", y="nats")
    monkeypatch.setattr(views, "_png", lambda figure: pytest.fail("was drawn again"))
    assert views.lines(DATA, title="Loss", x="epoch", y="nats") == drawn

"""Probes tell right answers from wrong ones: every variant of every unit, in this process.

`grader verify` grades the same variants behind walls, as submissions; this is the quick look, and
it also holds the public checks to what they must never do: call a right answer wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch

from glasslab.checks import SESSION, State, check
from grader.course import Course
from grader.hidden import judge_here
from grader.probes import PROBES
from grader.release import source_unit
from grader.report import in_words, score
from grader.suite import Suite
from grader.verify import MOST_FOR_WRONG, answer_cells, answers_folder, load_variants

COURSE = Course.default()
# Words in a variant's name that promise an answer which doesn't look at what it is asked.
EARNS_NOTHING = re.compile("stub|public|always|hard_?coded|ignor|constant|zero$")


def _cases() -> Iterator[Any]:
    for name in COURSE.units():
        unit = source_unit(COURSE, name)
        checks = {cell.grade_id: cell.check for cell in unit.auto_graded}
        judges = answer_cells(unit)
        for cell, variants in load_variants(answers_folder(COURSE), unit).items():
            for variant in variants:
                yield pytest.param(
                    name, checks[judges[cell]], variant, id=f"{name}-{cell}-{variant.name}"
                )


@lru_cache
def _setup(unit: str) -> str:
    """Return the source of the unit's first code cell, which every answer may use."""
    notebook = nbformat.read(COURSE.source_of(unit), as_version=4)
    return next(cell.source for cell in notebook.cells if cell.cell_type == "code")


def _function(unit: str, name: str, source: str) -> Callable[..., Any]:
    """Return the function that the graded cell of this check hands in, from another source."""
    [handed_in] = (
        found[1]
        for cell in source_unit(COURSE, unit).auto_graded
        if (found := re.search(rf'check\("{re.escape(name)}", (\w+)\)', cell.source))
    )
    namespace: dict[str, Any] = {}
    exec(_setup(unit), namespace)
    exec(source, namespace)
    return namespace[handed_in]


@pytest.fixture(autouse=True)
def _gradients_as_before() -> Iterator[None]:
    """A unit's setup cell may switch gradients off; other tests train."""
    before = torch.is_grad_enabled()
    yield
    torch.set_grad_enabled(before)


@pytest.mark.parametrize("unit, name, variant", list(_cases()))
def test_probe_tells_right_from_wrong(unit: str, name: str, variant: Any, suite: Suite) -> None:
    answer = _function(unit, name, variant.source)
    judged = judge_here(PROBES[name], answer, suite)
    earned = score(judged, partial_credit=PROBES[name].partial_credit)
    if variant.right:
        assert earned == 1, in_words(judged)
        check(name, answer)
        assert SESSION.outcomes[name].state is State.CORRECT, SESSION.outcomes[name].reason
    else:
        most = 0 if EARNS_NOTHING.search(variant.name) else MOST_FOR_WRONG
        assert earned <= most, in_words(judged)
        assert any(not judgement.right and judgement.mistake for _, judgement in judged)


def test_every_answer_says_what_it_does() -> None:
    for path in answers_folder(COURSE).rglob("*.py"):
        first = Path(path).read_text(encoding="utf-8").partition("\n")[0]
        assert re.fullmatch(r"# \S.{9,}", first), f"{path}: its first line must say what it does"

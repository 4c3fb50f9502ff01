"""``probe(...)`` for the hidden tests in solution notebooks: the instructor's own answers, tried.

In a release these lines are stripped, and in grading they are never executed: the examiner only
reads which probe they name. Here they run in the instructor's kernel, which is trusted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from transformer_lens.model_bridge import TransformerBridge

from glasslab import wire
from glasslab.models import from_bytes, to_bytes
from grader.errors import GraderError
from grader.probes import PROBES, TASK_OF
from grader.probes.base import Judgement, Probe, Question, shuffled_questions, wrong
from grader.report import in_words, score
from grader.suite import Suite
from grader.tasks import suite_variable, train_command


def probe(name: str, answer: Callable[..., Any]) -> None:
    """Put a probe's hidden questions to a function of this kernel; silent if all is right.

    Raises:
        GraderError: there is no hidden suite, or no such probe.
        AssertionError: an answer is wrong; the message is what a learner would read.
    """
    if name not in PROBES:
        raise GraderError(f"There is no probe {name!r}; there are: {', '.join(PROBES)}.")
    judged = judge_here(PROBES[name], answer, _suite(TASK_OF[name]))
    if score(judged, partial_credit=PROBES[name].partial_credit) < 1:
        raise AssertionError(f"{name}: {in_words(judged)}")


def judge_here(
    chosen: Probe, answer: Callable[..., Any], suite: Suite
) -> list[tuple[str, Judgement]]:
    """Ask a trusted function in this process, its answers going over the wire all the same."""
    judged = []
    for question in _questions(chosen, suite):
        # Copies, as over the wire: an answer that changes what it is given changes no question.
        args = [_copied(arg) for arg in question.args]
        try:
            sent = json.dumps(wire.encode(answer(*args)))
            judgement = chosen.judge(question, wire.decode(json.loads(sent)))
        except wire.WireError as error:
            judgement = wrong(f"the answer can't be handed over: {error}")
        except Exception as error:
            judgement = wrong(f"it raised {type(error).__name__}: {error}")
        judged.append((question.group, judgement))
    return judged


@lru_cache(maxsize=256)
def _questions(chosen: Probe, suite: Suite) -> tuple[Question, ...]:
    """Make a probe's questions once per suite; their right answers are the costly part."""
    return tuple(shuffled_questions(chosen, suite))


def _copied(value: Any) -> Any:
    if isinstance(value, TransformerBridge):
        return from_bytes(*to_bytes(value))
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return copy(value) if not isinstance(value, torch.Tensor) else value.clone()


@lru_cache(maxsize=4)
def _suite(task: str) -> Suite:
    from grader.reference import load_suite

    variable = suite_variable(task)
    folder = os.environ.get(variable)
    if not folder:
        raise GraderError(
            f"No hidden suite of {task!r}: make one with '{train_command(task)}' and set "
            f"{variable} to its folder."
        )
    return load_suite(Path(folder), task)

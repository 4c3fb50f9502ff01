"""What kind of mistake a verdict tells of, and what to do about it, in words for the learner.

Pure: a verdict in, words out. Whatever it says was known before the submission came, so nothing
of the hidden models can enter it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from grader.report import NO_VALUE, Status, Verdict


class Kind(Enum):
    """What went wrong, if anything did, as far as it decides what to do next."""

    HELD = "held"
    WAITING = "waiting"
    NOT_ATTEMPTED = "not attempted"
    NOT_REACHED = "not reached"
    RAISED = "raised"
    TOO_SLOW = "too slow"
    DIED = "died"
    SHAPE = "shape"
    TYPE = "type"
    NOT_FINITE = "not finite"
    FOOLED = "fooled"
    PUBLIC_ONLY = "public only"
    UNSOUND = "unsound"
    """A bound that claims more than is true, which costs everything."""
    SOME_GROUPS = "some groups"
    RECOGNISED = "recognised"
    VALUES = "values"
    BY_HAND = "by hand"
    """A person took points off and has said why, or will."""


BY_SENTENCE = {
    NO_VALUE["raised"]: Kind.RAISED,
    NO_VALUE["timeout"]: Kind.TOO_SLOW,
    NO_VALUE["died"]: Kind.DIED,
    NO_VALUE["silent"]: Kind.DIED,
    NO_VALUE["unusable"]: Kind.TYPE,
    NO_VALUE["stub"]: Kind.NOT_ATTEMPTED,
    NO_VALUE["not handed in"]: Kind.NOT_REACHED,
}
BY_WORDS = (
    (re.compile(r"^unsound\b"), Kind.UNSOUND),
    (re.compile(r"\bfinite\b|\binfinite\b|not a number\b"), Kind.NOT_FINITE),
    (
        re.compile(r"\bshape\b|\b(is|does) not (hold )?(one|n) |more than one"),
        Kind.SHAPE,
    ),
    (
        re.compile(
            r"\bis not (an?|plain) (?!unit)|\bneither .+ nor\b|True or False"
            r"|not hold lists|not words|not return"
        ),
        Kind.TYPE,
    ),
)
"""How probes' sentences read on a broken bound and on an answer's form; tried in this order."""
DIFFERS = re.compile(r"(differs?|not right)$")
"""Probes' sentences that say only that the numbers are others."""

ADVICE = {
    Kind.NOT_ATTEMPTED: (
        "Nothing was handed in here yet. Replace the line that raises NotImplementedError, and run "
        "the check below it until it says ✓. A first try costs nothing."
    ),
    Kind.NOT_REACHED: (
        "When your notebook was run from top to bottom, it never got as far as this check. Choose "
        "“Restart and run all”: you will see which cell stops it, or which name is missing."
    ),
    Kind.RAISED: (
        "Your function stopped with an error on models or inputs other than those in the notebook. "
        "Call it yourself on something else: a model before training, a single sequence, shorter "
        "sequences. The last line of the error says what it stumbled over."
    ),
    Kind.TOO_SLOW: (
        "Your function took longer than the examiner waits. A loop over sequences or positions is "
        "the usual reason: give the model the whole batch at once, and let tensors do the loop."
    ),
    Kind.DIED: (
        "The kernel died while your function ran, most often because it asked for more memory than "
        "there is. Look for a tensor with one axis too many, or work on fewer sequences at a time."
    ),
    Kind.SHAPE: (
        "What comes back doesn't have the shape or length that the exercise asks for. Print "
        "its shape beside the line “returns …” of the exercise, and try another number of "
        "sequences and positions than the notebook's."
    ),
    Kind.TYPE: (
        "What comes back is another kind of thing than the exercise asks for. Print it and its "
        "type beside the line “returns …” of the exercise: a number or a tensor, a list or a dict, "
        "and which keys."
    ),
    Kind.NOT_FINITE: (
        "Somewhere the numbers become infinite or “nan”: a division by zero, the logarithm of "
        "zero, an overflow. Print where the first one appears; it may take another model than the "
        "public one."
    ),
    Kind.FOOLED: (
        "It holds where all is as usual, and believes a decoy, a model for which the usual answer "
        "is wrong. Go through your function line by line: which line would say the same whatever "
        "the model does? Measure there what you now take for granted."
    ),
    Kind.PUBLIC_ONLY: (
        "It passes its check in the notebook, and holds on no hidden model. That happens to what "
        "was read off the public model, such as a number, a sign, a position, or which neuron does "
        "what. Compute each of these from the model that your function is handed."
    ),
    Kind.UNSOUND: (
        "A bound that is broken once promises nothing, so it earns nothing, however often it held. "
        "Go through what your proof adds up, term by term: is each taken at its worst, on every "
        "model, and is no term left out? What is small on the public model may be large elsewhere."
    ),
    Kind.SOME_GROUPS: (
        "It holds on part of what was asked. Compare the lines above: what is different where it "
        "fails? A length, a size or a range that your function takes for granted is the first "
        "suspect."
    ),
    Kind.RECOGNISED: (
        "The examiner knows this mistake: the sentence above says what your answer looks like. The "
        "rest may be right."
    ),
    Kind.VALUES: (
        "The form is right, the numbers aren't. Take a case so small that you can do it by hand, "
        "and compare number by number. Common slips: the wrong axis, off by one position, a factor "
        "or a mask left out."
    ),
}
"""What to do, kind by kind; what held or is a person's needs none."""


def kind_of(verdict: Verdict, *, passed_check: bool = False) -> Kind:
    """Return what kind of mistake a verdict tells of.

    Args:
        verdict: What the examination found.
        passed_check: Whether the public check in the notebook held, by what the notebook shows.
            That is the learner's own word, and decides of nothing but the advice.
    """
    if verdict.status is Status.RIGHT:
        return Kind.HELD
    if verdict.status is Status.NEEDS_PERSON:
        return Kind.WAITING
    if verdict.mistake in BY_SENTENCE:
        return BY_SENTENCE[verdict.mistake]
    if verdict.status is Status.NOT_ATTEMPTED:
        return Kind.NOT_ATTEMPTED
    for pattern, kind in BY_WORDS:
        if pattern.search(verdict.mistake):
            return kind
    return _by_tallies(verdict, passed_check)


def _by_tallies(verdict: Verdict, passed_check: bool) -> Kind:
    usual = [tally for tally in verdict.tallies if not tally.about_decoys]
    decoys = [tally for tally in verdict.tallies if tally.about_decoys]
    if usual and all(tally.right == tally.asked for tally in usual):
        missed = any(tally.right < tally.asked for tally in decoys)
        return Kind.FOOLED if missed else Kind.VALUES
    if passed_check and usual and not any(tally.right for tally in verdict.tallies):
        return Kind.PUBLIC_ONLY
    if verdict.mistake and not DIFFERS.search(verdict.mistake):
        return Kind.RECOGNISED
    held = [tally for tally in verdict.tallies if tally.right == tally.asked]
    return Kind.SOME_GROUPS if held else Kind.VALUES


def fitting_hint(kind: Kind, hints: Sequence[str]) -> int | None:
    """Return which of an exercise's hints helps most, or None if none would.

    Hints go from a nudge to nearly there. Who hasn't begun gets the nudge; who has the form wrong,
    the hint that speaks of it; who has the numbers wrong, the one after the nudge.
    """
    if not hints or kind in _PAST_HINTS:
        return None
    if kind is Kind.NOT_ATTEMPTED:
        return 0
    if kind in (Kind.SHAPE, Kind.TYPE):
        of_form = (i for i, hint in enumerate(hints) if _FORM.search(hint))
        return next(of_form, 0)
    return min(1, len(hints) - 1)


_PAST_HINTS = frozenset(
    (Kind.HELD, Kind.WAITING, Kind.NOT_REACHED, Kind.TOO_SLOW, Kind.DIED, Kind.BY_HAND)
)
_FORM = re.compile(r"\bshape|\bax[ie]s\b|\bdict\b|\blist\b|\[.*\]")

"""What an instructor reads after grading: points, and what to look at, as text or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.grading import GradedClass
from grader.report import Concern, Outcome

WIDE = 8
"""With more learners than this, each has a row instead of a column."""
HEADINGS: Mapping[Concern, str] = {
    "attempt": "looks like an attempt to cheat",
    "fault": "needs a person",
    "trouble": "trouble",
    "note": "note",
}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows under a header, columns as wide as they need; all but the first to the right."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]
        return "  ".join(cells).rstrip()

    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, rows)])


def grades_table(graded: GradedClass) -> str:
    """Return points by learner and question, and what the instructor should know."""
    outcomes = graded.everyone
    lines = []
    if outcomes:
        lines.append(_wide(outcomes) if len(outcomes) > WIDE else _by_question(outcomes))
        if any(verdict.points is None for one in outcomes.values() for verdict in one.verdicts):
            lines.append("? = a person must grade this; totals are without it.")
    for concern, heading in HEADINGS.items():
        for student, outcome in outcomes.items():
            lines.extend(f"{heading}  {student}: {words}" for words in _reasons(outcome, concern))
    lines.append(_counts(graded))
    lines.extend(f"{trouble}; no grade was lost." for trouble in graded.troubles)
    if graded.left:
        lines.append(
            f"Stopped: {len(graded.left)} submissions of {graded.unit} were not examined; run the "
            "same command again to go on."
        )
    return "\n".join(lines)


def grades_json(graded: GradedClass) -> str:
    """Return the same as JSON text.

    ``summary`` holds learners' names with reasons, ``learners`` all that was found of each.
    """
    outcomes = graded.everyone
    with_concern: dict[Concern, dict[str, list[str]]] = {
        concern: {
            student: reasons
            for student, outcome in outcomes.items()
            if (reasons := list(_reasons(outcome, concern)))
        }
        for concern in HEADINGS
    }
    return json.dumps(
        {
            "unit": graded.unit,
            "summary": {
                "examined": list(graded.outcomes),
                "unchanged": list(graded.unchanged),
                "left": list(graded.left),
                "needs_person": {
                    student: reasons
                    for student, outcome in outcomes.items()
                    if (reasons := [*_to_read(outcome), *_reasons(outcome, "fault")])
                },
                "attempts": with_concern["attempt"],
                "trouble": with_concern["trouble"],
                "notes": with_concern["note"],
                "machine": list(graded.troubles),
            },
            "learners": {student: _as_data(outcome) for student, outcome in outcomes.items()},
        },
        indent=2,
    )


def _by_question(outcomes: Mapping[str, Outcome]) -> str:
    reports = list(outcomes.values())
    rows = [
        [
            first.grade_id.removesuffix("_check"),
            f"{first.max_points:g}",
            *("?" if v.points is None else f"{v.points:g}" for v in verdicts),
        ]
        for first, verdicts in (
            (column[0], column) for column in zip(*(report.verdicts for report in reports))
        )
    ]
    rows.append(["total", f"{reports[0].max_points:g}", *(f"{r.points:g}" for r in reports)])
    return table(["question", "of", *outcomes], rows)


def _wide(outcomes: Mapping[str, Outcome]) -> str:
    rows = [
        [
            student,
            f"{outcome.points:g}"
            + ("?" if any(v.points is None for v in outcome.verdicts) else ""),
            f"{outcome.max_points:g}",
        ]
        for student, outcome in outcomes.items()
    ]
    return table(["learner", "points", "of"], rows)


def _counts(graded: GradedClass) -> str:
    outcomes = graded.everyone.values()
    kinds = [{incident.concern for incident in outcome.incidents} for outcome in outcomes]
    unjudged = sum("fault" in one for one in kinds)
    attempts = sum("attempt" in one for one in kinds)
    to_read = sum(any(_to_read(outcome)) for outcome in outcomes)
    return (
        f"{graded.unit}: {len(graded.outcomes)} examined, {len(graded.unchanged)} unchanged; "
        f"{to_read} with explanations that a person reads, {unjudged} that could not be judged "
        f"and need a person, {attempts} that look like an attempt to cheat."
    )


def _to_read(outcome: Outcome) -> Iterator[str]:
    """Name the cells that a person grades."""
    for verdict in outcome.verdicts:
        if verdict.points is None:
            yield f"{verdict.words} ({verdict.grade_id})"


def _reasons(outcome: Outcome, concern: Concern) -> Iterator[str]:
    """Say what was found of one concern, each sentence once, with the cells that it is about."""
    found = [incident for incident in outcome.incidents if incident.concern == concern]
    for words in dict.fromkeys(incident.words for incident in found):
        cells = [one.grade_id for one in found if one.words == words and one.grade_id]
        yield words + (f" ({', '.join(cells)})" if cells else "")


def _as_data(outcome: Outcome) -> dict[str, Any]:
    return {
        "submission": outcome.submission_digest,
        "points": outcome.points,
        "max_points": outcome.max_points,
        "verdicts": [
            {
                "cell": verdict.grade_id,
                "status": verdict.status.value,
                "points": verdict.points,
                "max_points": verdict.max_points,
                "words": verdict.words,
            }
            for verdict in outcome.verdicts
        ],
        "incidents": [
            {
                "kind": one.kind,
                "concern": one.concern,
                "words": one.words,
                "cell": one.grade_id,
            }
            for one in outcome.incidents
        ],
    }

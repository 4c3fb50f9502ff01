"""What an instructor reads after grading: points per question, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from grader.report import Report


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows under a header, columns as wide as they need; all but the first to the right."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]
        return "  ".join(cells).rstrip()

    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, rows)])


def grades_table(graded: Mapping[str, Report]) -> str:
    """Return points per learner and question, then what the instructor should know."""
    names = list(graded)
    reports = list(graded.values())
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
    lines = [table(["question", "of", *names], rows)]
    if any(verdict.points is None for report in reports for verdict in report.verdicts):
        lines.append("? = a person must grade this; totals are without it.")
    for name, report in graded.items():
        for words in dict.fromkeys(incident.words for incident in report.incidents):
            cells = [one.grade_id for one in report.incidents if one.words == words]
            named = ", ".join(cell for cell in cells if cell)
            lines.append(f"note  {name}: {words}" + (f" ({named})" if named else ""))
    return "\n".join(lines)


def grades_json(graded: Mapping[str, Report]) -> str:
    """Return the same as JSON text, by learner."""
    return json.dumps(
        {
            name: {
                "unit": report.unit,
                "submission": report.submission_digest,
                "points": report.points,
                "max_points": report.max_points,
                "verdicts": [
                    {
                        "cell": verdict.grade_id,
                        "status": verdict.status.value,
                        "points": verdict.points,
                        "max_points": verdict.max_points,
                        "words": verdict.words,
                    }
                    for verdict in report.verdicts
                ],
                "incidents": [
                    {"kind": one.kind, "words": one.words, "cell": one.grade_id}
                    for one in report.incidents
                ],
            }
            for name, report in graded.items()
        },
        indent=2,
    )

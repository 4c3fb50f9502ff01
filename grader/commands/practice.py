"""``grader practice``: examine one's own notebook on hidden models of one's own."""

from __future__ import annotations

import argparse
import sys
import textwrap
import webbrowser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.practice import Practised

WIDTH, INDENT = 92, 4 * " "


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    from glasslab.practice import DESCRIPTION, EPILOG, HELP, add_arguments

    parser = subparsers.add_parser("practice", help=HELP, description=DESCRIPTION, epilog=EPILOG)
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Practise, then print what was found and where the page is."""
    from grader.practice import PracticeHome, course_here, find_notebook, practise

    def tell(words: str) -> None:
        # For programs, what people read goes where errors go.
        print(words, file=sys.stderr if arguments.json else sys.stdout, flush=True)

    course, home = course_here(), PracticeHome.default()
    found = find_notebook(arguments.notebook)
    if arguments.new:
        home.begin_anew(tell)
    done = practise(
        course,
        found,
        home,
        unit_name=arguments.unit,
        to=arguments.to,
        tell=tell,
        progress=not arguments.json,
    )
    print(done.to_json() if arguments.json else in_words(done))
    if arguments.open:
        webbrowser.open(done.page.resolve().as_uri())
    return 0


def in_words(done: Practised) -> str:
    """Return what was found, a question after the other, and what it is worth."""
    from grader.examiner import SIGNS
    from grader.practice.page import models_in_words

    report = done.report
    lines = [f"{report.unit}: practice, not a grade ({done.notebook})", ""]
    for verdict in report.verdicts:
        points = "–" if verdict.points is None else f"{verdict.points:g}"
        lines.append(
            f"{SIGNS[verdict.status]} {verdict.grade_id}: {points} of {verdict.max_points:g}"
        )
        lines += textwrap.wrap(
            verdict.words, WIDTH, initial_indent="    ", subsequent_indent="    "
        )
    most = sum(verdict.max_points for verdict in report.verdicts if verdict.points is not None)
    lines += ["", f"{report.points:g} of {most:g} points, explanations aside."]
    for incident in report.incidents:
        if incident.concern in ("trouble", "fault"):
            where = f"{incident.grade_id}: " if incident.grade_id else ""
            lines.append(f"! {where}{incident.words}")
    about = (
        f"Asked about {models_in_words(done.suite)}. A class's suite is larger: a pass here isn't "
        "a promise."
    )
    lines += [*textwrap.wrap(about, WIDTH), f"Feedback page: {done.page}"]
    return "\n".join(lines)

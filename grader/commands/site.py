"""``grader site``: the self-study edition as a website."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

EXTRA = "A site needs the extra 'site': pip install -e '.[grading,site]'"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "site",
        help="write the self-study edition as a website",
        description=(
            "Write the units as a website to read: hints, solutions and what each cell shows are "
            "folded behind it, attention patterns are interactive, and the whole can be searched. "
            "Nothing is run: outputs are those stored in solutions/. The pages ask nothing of "
            "other machines, so any web server can show them. See docs/site.md."
        ),
    )
    parser.add_argument(
        "--to", type=Path, metavar="FOLDER", help="where the site goes (default: site)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON: folder, pages, warnings")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Build the site."""
    from grader.course import Course
    from grader.errors import GraderError

    try:
        from grader.site.build import build_site
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("sphinx", "docutils"):
            raise
        raise GraderError(EXTRA) from error

    course = Course.default()
    folder = (arguments.to or course.root / "site").resolve()
    site = build_site(course, folder, tell=lambda line: print(f"{line} …", file=sys.stderr))
    for warning in site.warnings:
        print(warning, file=sys.stderr)
    if arguments.json:
        told = {"folder": str(site.folder), "pages": site.pages, "warnings": list(site.warnings)}
        print(json.dumps(told))
    else:
        print(f"{site.pages} pages in {site.folder}. To look at them, type")
        print(f"  python -m http.server --bind 127.0.0.1 --directory {site.folder}")
        print("and open http://127.0.0.1:8000 in a browser.")
    return 0

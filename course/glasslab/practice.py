"""``glasslab practice``: the hidden part for who learns without an instructor.

What examines is the grading part of Glass Lab, which learners needn't install; this only starts it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

GRADING = "nbgrader"
"""What is there once the grading part is installed."""
NOT_INSTALLED = (
    "glasslab: practice examines with the grading part, which isn't installed here: run {command}."
)
IN_A_CHECKOUT = (
    "'make setup' in your checkout of the course, or there \"pip install -e '.[grading]'\""
)
HELP = "examine your own notebook on hidden models of your own: practice, not a grade"
DESCRIPTION = (
    "Run your notebook and ask its answers about hidden models, as grading would, and write the "
    "feedback page that a class gets. The models are a few, trained on your machine from a random "
    "secret: about a minute the first time, then they are kept. It is practice, not a grade: a "
    "pass isn't a promise."
)
EPILOG = (
    "The models lie among your own data (~/.local/share/glasslab/practice, or where the variable "
    "GLASSLAB_PRACTICE says). Your notebook runs behind walls where bubblewrap is installed, and "
    "elsewhere as in your own Jupyter."
)


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser("practice", help=HELP, description=DESCRIPTION, epilog=EPILOG)
    add_arguments(parser)
    parser.set_defaults(run_command=run_command)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what both ``glasslab practice`` and ``grader practice`` take."""
    parser.add_argument(
        "notebook", metavar="NOTEBOOK|UNIT", help="the file, or its unit, for instance 03_attention"
    )
    parser.add_argument("--unit", metavar="UNIT", help="the unit, if the file's name doesn't say")
    parser.add_argument(
        "--new", action="store_true", help="draw a new secret, and train new hidden models from it"
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="where the feedback page goes (default: my_practice, beside the units)",
    )
    parser.add_argument("--open", action="store_true", help="open the page in your browser")
    parser.add_argument("--json", action="store_true", help="print the result for programs")


def run_command(arguments: argparse.Namespace) -> int:
    """Have the grading part do it, in a process of its own; say how to get it if it isn't there."""
    if find_spec(GRADING) is None:
        print(NOT_INSTALLED.format(command=_installing()), file=sys.stderr)
        return 1
    options = [
        *(["--unit", arguments.unit] if arguments.unit else []),
        *(["--to", str(arguments.to)] if arguments.to else []),
        *(f"--{name}" for name in ("new", "open", "json") if getattr(arguments, name)),
    ]
    # -P: whatever lies in a learner's folder, none of it stands in for a module of ours.
    command = [sys.executable, "-P", "-m", "grader", "practice", *options, "--"]
    with subprocess.Popen([*command, arguments.notebook]) as grader:
        while True:
            try:
                return grader.wait()
            except KeyboardInterrupt:
                # Ctrl-C reaches it as well; it tidies up, and says that it was stopped.
                continue


def _installing() -> str:
    """Return what brings the grading part, from where this package came itself."""
    try:
        # Written by pip for what comes from an address: https://peps.python.org/pep-0610/
        origin = json.loads(distribution("glasslab").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        origin = {}
    address = origin.get("url", "")
    if vcs := origin.get("vcs_info"):
        address = f"{vcs['vcs']}+{address}@{vcs['commit_id']}"
    elif "archive_info" not in origin:
        return IN_A_CHECKOUT
    return f'pip install "glasslab[grading] @ {address}"'

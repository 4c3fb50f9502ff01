"""``grader reference``: train the hidden suite from the secret seed, and check it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from grader.tasks import FIRST_TASK, planned_tasks


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add ``reference`` and its actions."""
    parser = subparsers.add_parser("reference", help="train and check the hidden suite of models")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    train = actions.add_parser(
        "train", help="train the hidden models; run again, it goes on where it was"
    )
    _add_suite(train)
    train.add_argument(
        "--secret",
        type=Path,
        metavar="FILE",
        help="the secret seed (default: GLASSLAB_SECRET, else the classroom folder's)",
    )
    train.set_defaults(run=run_train)

    check = actions.add_parser(
        "check", help="measure each hidden model: has it the circuit, or does it really lack it?"
    )
    _add_suite(check)
    check.add_argument("--json", action="store_true", help="print JSON instead of lines")
    check.set_defaults(run=run_check)


def _add_suite(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--task",
        choices=planned_tasks(),
        default=FIRST_TASK,
        help="what the models do: each task has a suite of its own (default: %(default)s)",
    )
    parser.add_argument(
        "--suite",
        type=Path,
        metavar="DIR",
        help="the suite's folder (default: the task's in the classroom folder)",
    )


def run_train(args: argparse.Namespace) -> int:
    """Train what is missing of the suite."""
    from grader.reference import train_suite
    from grader.secret import find_secret, load_secret
    from grader.workspace import Workspace

    workspace = Workspace.default()
    secret = load_secret(args.secret) if args.secret else find_secret(workspace.secret)
    folder = args.suite or workspace.suite_for(args.task)
    train_suite(folder, secret, args.task)
    print(f"The hidden suite of {args.task!r} is in {folder}.")
    return 0


def run_check(args: argparse.Namespace) -> int:
    """Say of each hidden model whether it is as its role requires; refuse a suite that isn't."""
    from grader.reference import assess_suite, require_sound
    from grader.workspace import Workspace

    folder = args.suite or Workspace.default().suite_for(args.task)
    outcomes = assess_suite(folder, args.task)
    if args.json:
        print(json.dumps([asdict(o) | {"as_required": o.as_required} for o in outcomes], indent=2))
    else:
        print(*outcomes, sep="\n")
    require_sound(folder, outcomes)
    return 0

"""Subcommands, one module each with ``add_parser(subparsers)`` that sets ``run`` on its parser."""

from types import ModuleType

from grader.commands import (
    attack,
    demo,
    findings,
    grade,
    practice,
    receipts,
    reference,
    release,
    secret,
    serve,
    site,
    verify,
)

COMMANDS: tuple[ModuleType, ...] = (
    demo,
    secret,
    reference,
    release,
    site,
    serve,
    receipts,
    grade,
    verify,
    practice,
    findings,
    attack,
)

"""Subcommands, one module each with ``add_parser(subparsers)`` that sets ``run`` on its parser."""

from types import ModuleType

from grader.commands import (
    attack,
    demo,
    extend,
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
    extend,
    grade,
    verify,
    practice,
    findings,
    attack,
)

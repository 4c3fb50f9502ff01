"""Subcommands, one module each with ``add_parser(subparsers)`` that sets ``run`` on its parser."""

from types import ModuleType

COMMANDS: tuple[ModuleType, ...] = ()

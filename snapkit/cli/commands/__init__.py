"""The commands, one module each; importing a module adds its command."""

from __future__ import annotations

from importlib import import_module

NAMES = (
    "models",
    "graph",
    "order",
    "coverage",
    "backup",
    "nightly",
    "snapshots",
    "show",
    "check",
    "import-json",
    "export",
    "restore",
    "requeue",
    "verify",
    "diff",
    "drill",
    "report",
    "demo",
    "lab",
)
"""In the order of the help."""


def add_commands(first: str) -> None:
    """Add the command that a command line begins with, or, where it begins with none, all.

    To make the options of all of them takes 30 ms.

    Args:
        first: The first word of the command line; empty where there is none.
    """
    for name in (first,) if first in NAMES else NAMES:
        import_module(f"{__name__}.{name.replace('-', '_')}")

"""The commands, one module each; importing this package adds them all, in the order of the help."""

from snapkit.cli.commands import (  # noqa: I001 -- the order of the help
    models,
    order,
    backup,
    snapshots,
    show,
    check,
    restore,
    verify,
    drill,
)

__all__ = [
    "backup",
    "check",
    "drill",
    "models",
    "order",
    "restore",
    "show",
    "snapshots",
    "verify",
]

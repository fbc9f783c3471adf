"""The commands, one module each; importing this package adds them all, in the order of the help."""

from snapkit.cli.commands import (  # noqa: I001 -- the order of the help
    models,
    graph,
    order,
    coverage,
    backup,
    snapshots,
    show,
    check,
    import_json,
    restore,
    requeue,
    verify,
    drill,
    report,
    demo,
    lab,
)

__all__ = [
    "backup",
    "check",
    "coverage",
    "demo",
    "drill",
    "graph",
    "import_json",
    "lab",
    "models",
    "order",
    "report",
    "requeue",
    "restore",
    "show",
    "snapshots",
    "verify",
]

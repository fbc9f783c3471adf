"""Snapshots of PostgreSQL databases, restored and proven: every row accounted for.

The names below are the library; everything else may change. They are loaded when first used, so
that `import snapkit` costs nothing::

    import snapkit

    store = snapkit.Store(Path("snapshots"))
    source = snapkit.parse_target("postgresql://app@localhost/shop", environ={}, dotenv={})
    snapshot = snapkit.backup(source, store).snapshot
    assert snapkit.verify(source, snapshot).verdict is snapkit.Verdict.MATCH
"""

from importlib import import_module
from typing import TYPE_CHECKING

from snapkit._version import __version__

if TYPE_CHECKING:
    from snapkit.core.verdict import Verdict, VerificationReport
    from snapkit.errors import SnapkitError
    from snapkit.pg.target import Target, parse_target
    from snapkit.prisma import parse
    from snapkit.report.views import graph
    from snapkit.store import Snapshot, Store
    from snapkit.workflows.backup import backup
    from snapkit.workflows.check import check
    from snapkit.workflows.coverage import coverage
    from snapkit.workflows.diff import diff
    from snapkit.workflows.drill import drill
    from snapkit.workflows.opening import open  # noqa: A004 -- as gzip.open
    from snapkit.workflows.parts import snapshot_schema
    from snapkit.workflows.restore import plan, restore
    from snapkit.workflows.schema_files import find_schema, read_schema
    from snapkit.workflows.verify import verify

__all__ = [
    "SnapkitError",
    "Snapshot",
    "Store",
    "Target",
    "Verdict",
    "VerificationReport",
    "__version__",
    "backup",
    "check",
    "coverage",
    "diff",
    "drill",
    "find_schema",
    "graph",
    "open",
    "parse",
    "parse_target",
    "plan",
    "read_schema",
    "restore",
    "snapshot_schema",
    "verify",
]

_HOMES = {
    "SnapkitError": "snapkit.errors",
    "Snapshot": "snapkit.store",
    "Store": "snapkit.store",
    "Target": "snapkit.pg.target",
    "Verdict": "snapkit.core.verdict",
    "VerificationReport": "snapkit.core.verdict",
    "backup": "snapkit.workflows.backup",
    "check": "snapkit.workflows.check",
    "coverage": "snapkit.workflows.coverage",
    "diff": "snapkit.workflows.diff",
    "drill": "snapkit.workflows.drill",
    "find_schema": "snapkit.workflows.schema_files",
    "graph": "snapkit.report.views",
    "open": "snapkit.workflows.opening",
    "parse": "snapkit.prisma",
    "parse_target": "snapkit.pg.target",
    "plan": "snapkit.workflows.restore",
    "read_schema": "snapkit.workflows.schema_files",
    "restore": "snapkit.workflows.restore",
    "snapshot_schema": "snapkit.workflows.parts",
    "verify": "snapkit.workflows.verify",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'snapkit' has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

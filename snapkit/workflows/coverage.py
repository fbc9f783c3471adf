"""Coverage: schema, database and snapshot read, and reconciled three ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.coverage import Coverage
from snapkit.core.coverage import coverage as reconcile
from snapkit.core.drift import drift
from snapkit.errors import UsageError
from snapkit.pg.catalog import read_catalog
from snapkit.pg.session import connect
from snapkit.workflows.parts import CATALOG, snapshot_catalog

if TYPE_CHECKING:
    from snapkit.core.catalog import Catalog
    from snapkit.core.schema import Schema
    from snapkit.pg.target import Target
    from snapkit.store import Snapshot


def coverage(
    schema: Schema | None = None, target: Target | None = None, snapshot: Snapshot | None = None
) -> Coverage:
    """Reconcile schema, database and snapshot; name what one has and another lacks.

    Args:
        schema: The Prisma schema; `snapshot_schema` gives the one that a snapshot carries.
        target: The database; None takes what the snapshot says of its source.
        snapshot: The snapshot; None compares schema and database only.

    Returns:
        One row per table and view that any side knows, and what drifted.

    Raises:
        UsageError: Fewer than two sides are given.
        ConnectError: The database cannot be reached.
        DatabaseError: The catalog cannot be read.
        ManifestError: The snapshot is damaged.

    Example:
        >>> found = snapkit.coverage(schema, shop, snapshot)
        >>> found.verdict.value, found.gaps, found.totals.in_snapshot
        ('complete', (), 2)
    """
    if (schema, target, snapshot).count(None) > 1:
        raise UsageError(
            "coverage takes two sides or three",
            "coverage",
            "Pass two of schema, target and snapshot, or all three.",
        )
    catalog = None
    if target is not None:
        catalog = live_catalog(target)
    elif snapshot is not None and snapshot.manifest.carries(CATALOG):
        catalog = snapshot_catalog(snapshot)
    return reconcile(
        schema,
        catalog,
        snapshot.manifest if snapshot else None,
        drift(schema, catalog) if schema and catalog else (),
    )


def live_catalog(target: Target) -> Catalog:
    """Read the catalog of a database, in one transaction that changes nothing.

    Args:
        target: The database.

    Returns:
        Its catalog; where the role may not read a sequence, that stands at its start.

    Raises:
        ConnectError: The database cannot be reached.
        DatabaseError: The catalog cannot be read.
    """
    with (
        connect(target) as session,
        session.transaction(isolation="REPEATABLE READ", read_only=True),
    ):
        return read_catalog(session, needs_positions=False)

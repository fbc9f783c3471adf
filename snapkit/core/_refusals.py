"""Why a restore must not start: each reason as one line, all of them at once.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from snapkit.core.catalog import LARGE_OBJECTS
from snapkit.core.rungs import members_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

    from snapkit.core.catalog import Catalog, Sequence
    from snapkit.core.manifest import Manifest, TableEntry
    from snapkit.core.names import ForeignKey, TableName
    from snapkit.core.target_state import TargetState


class Shape(Protocol):
    """Rows to load: of which table, and the order of their values."""

    @property
    def table(self) -> TableName:
        """The table."""

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns."""


_NO_DDL = (
    "DDL missing: the snapshot was imported without a database and restores only into one that has "
    "its tables (prisma migrate deploy makes them)"
)


def problems_of_create(manifest: Manifest, target: TargetState) -> list[str]:
    """Why a snapshot cannot be built in an empty database.

    Args:
        manifest: What the snapshot holds.
        target: The database, and what the role may do there.

    Returns:
        One line per reason.
    """
    problems = [] if manifest.has_ddl else [_NO_DDL]
    problems += [
        f"extension {extension.name} is not available on the target's server"
        for extension in manifest.extensions
        if extension.name not in target.available_extensions
    ]
    if LARGE_OBJECTS in target.holding_rows:
        problems.append("the target holds large objects, and is not empty")
    problems += [
        f"role {role}, to which the snapshot grants rights, does not exist on the target's server"
        for role in manifest.granted_roles
        if role not in target.roles
    ]
    objects = [entry.table for entry in manifest.tables]
    objects += [*manifest.views, *(sequence.name for sequence in manifest.sequences)]
    namespaces = sorted({name.namespace for name in objects} - {"public"})
    if namespaces and not target.can_create_namespaces:
        problems.append(
            f"role {target.catalog.role} may not create the namespaces {', '.join(namespaces)}: "
            "it lacks CREATE on the database"
        )
    if any(name.namespace == "public" for name in objects) and not target.can_create_in_public:
        problems.append(
            f"role {target.catalog.role} may not create tables: it lacks CREATE on schema public"
        )
    return problems


def problems_of_choice(manifest: Manifest, wanted: set[TableName] | None) -> list[str]:
    """Why a choice of tables makes no sense.

    Args:
        manifest: What the snapshot holds.
        wanted: The tables asked for; None for all.

    Returns:
        One line per reason.
    """
    if wanted is None:
        return []
    if not wanted:
        return ["no table is named to restore"]
    return [
        f"the snapshot has no table {name}" for name in sorted(wanted - manifest.by_table.keys())
    ]


def problems_of_shape(catalog: Catalog, chosen: Iterable[Shape]) -> list[str]:
    """Why rows do not fit into the tables that are there.

    Args:
        catalog: Of the target.
        chosen: The tables to load.

    Returns:
        One line per reason.
    """
    there = catalog.by_name
    problems = []
    for entry in chosen:
        table = there.get(entry.table)
        if table is None:
            problems.append(f"the target has no table {entry.table}")
            continue
        if not table.holds_rows:
            problems.append(f"{entry.table} is a {table.kind} in the target, not a table")
            continue
        stored = {column.name for column in table.stored_columns}
        problems += [
            f"table {entry.table} of the target has no column {name} to load"
            for name in entry.column_names
            if name not in stored
        ]
        problems += [
            f"column {column.name} of {entry.table} exists only in the target, is NOT NULL and has "
            "no default"
            for column in table.stored_columns
            if column.name not in entry.column_names
            and column.not_null
            and column.default is None
            and not column.identity
        ]
    return problems


def problems_of_replace(
    manifest: Manifest,
    target: TargetState,
    chosen: tuple[TableEntry, ...],
    keys: tuple[ForeignKey, ...],
) -> list[str]:
    """Why the rows of tables cannot be replaced; whether they may be is not asked here.

    Args:
        manifest: What the snapshot holds.
        target: The database, and what the role may do there.
        chosen: The tables to load.
        keys: The foreign keys that will be dropped and put back.

    Returns:
        One line per reason.
    """
    problems = problems_of_shape(target.catalog, chosen)
    known = {entry.table for entry in manifest.tables}
    family = target.catalog.with_partitioned(entry.table for entry in chosen)
    rows_of = members_of(target.catalog, target.holding_rows)
    problems += [
        f"table {child if key.child in known else key.child} is not in the snapshot but references "
        f"{key.parent} (foreign key {key.name})"
        for key in keys
        if key.parent in family
        for child in [name for name in rows_of.get(key.child, ()) if name not in known][:1]
    ]
    return problems


def problems_of_large_objects(target: TargetState, pieces: Sized) -> list[str]:
    """Why large objects cannot be replaced.

    Args:
        target: The database, and what the role may do there.
        pieces: The snapshot's large objects; empty for none.

    Returns:
        One line per reason.
    """
    if not pieces:
        return []
    role = target.catalog.role
    problems = []
    if LARGE_OBJECTS in target.holding_rows and LARGE_OBJECTS not in target.owned:
        problems.append(f"role {role} does not own every large object of the target")
    if not target.can_make_temporary:
        problems.append(
            f"large objects go through a temporary table: role {role} lacks TEMP on the database"
        )
    return problems


def problems_of_sequences(catalog: Catalog, sequences: Iterable[Sequence]) -> list[str]:
    """Why sequences cannot be put where they stood.

    Args:
        catalog: Of the target.
        sequences: Those to set.

    Returns:
        One line per reason; none for those of tables that are not there, which is a reason itself.
    """
    there = {sequence.name for sequence in catalog.sequences}
    return [
        f"the target has no sequence {sequence.name}"
        for sequence in sequences
        if sequence.name not in there
        and (sequence.owner_table is None or sequence.owner_table in catalog.by_name)
    ]

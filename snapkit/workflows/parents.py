"""What a part of a snapshot would break: rows without parents, counted before anything is touched.

A restore that replaces some tables and leaves others can orphan rows on both sides: rows that come
may need parents that are neither there nor coming along, and rows that stay may lose theirs. The
part is staged in temporary tables and looked up from there.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.plan import OnError, RestoreMode, RestorePlan
from snapkit.core.target_state import TableRight, TargetState
from snapkit.core.text import counted
from snapkit.errors import PlanError
from snapkit.pg.orphans import count_orphans_among, leaves, read_operators
from snapkit.pg.stage import fill_stage, index_for_periods, make_stage
from snapkit.workflows.parts import blocks_of
from snapkit.workflows.progress import SILENT

if TYPE_CHECKING:
    from snapkit.core.catalog import Catalog
    from snapkit.core.names import ForeignKey, TableName
    from snapkit.pg.session import Session
    from snapkit.store import Snapshot

TAKE_ALONG = (
    "Nothing was touched. Take parents along with --with-parents and children with "
    "--with-children, or choose other tables."
)


def require_parents(
    session: Session, snapshot: Snapshot, plan: RestorePlan, target: TargetState
) -> None:
    """Refuse to replace a part where rows would lack their parents.

    Rows that are to be quarantined are not looked up here, nor is what the role cannot read: the
    database and the verification judge those.

    Args:
        session: Inside a transaction that may make temporary tables; nothing is left of them.
        snapshot: What is to be restored.
        plan: How.
        target: The database, and what the role may do there.

    Raises:
        PlanError: A foreign key or relation would have orphans that the snapshot does not have;
            each one is named, with their number.
        ManifestError: A part is damaged.
    """
    names = frozenset(plan.tables)
    is_whole = names == {entry.table for entry in snapshot.manifest.data_tables}
    if (
        is_whole
        or plan.mode is not RestoreMode.REPLACE
        or plan.on_error is not OnError.STOP
        or not target.can_make_temporary
    ):
        return
    catalog = target.catalog
    keys = [
        key
        for key in catalog.foreign_keys + snapshot.manifest.relations_in(catalog)
        if _leaves_the_part(key, names, catalog) and _can_look(key, names, snapshot, target)
    ]
    if not keys:
        return
    session.execute("SAVEPOINT before_lookups")
    stages = _stage(session, snapshot, keys, names, catalog)
    problems = _problems(session, snapshot, keys, stages, catalog)
    session.execute("ROLLBACK TO SAVEPOINT before_lookups")
    session.execute("RELEASE SAVEPOINT before_lookups")
    refuse_orphans(problems, snapshot, session.where, f"restore {counted(len(names), 'table')}")


def refuse_orphans(problems: list[str], snapshot: Snapshot, where: str, what: str) -> None:
    """Refuse where rows would lack their parents.

    Args:
        problems: One line per foreign key or relation.
        snapshot: What is to be put back.
        where: The database, as errors name it.
        what: Is not done.

    Raises:
        PlanError: There is a problem.
    """
    if problems:
        head = problems[0] if len(problems) == 1 else f"{len(problems)} relations would break"
        raise PlanError(
            f"cannot {what} of snapshot {snapshot.id}: {head}",
            where,
            TAKE_ALONG,
            problems=tuple(problems) if len(problems) > 1 else (),
        )


def _leaves_the_part(key: ForeignKey, names: frozenset[TableName], catalog: Catalog) -> bool:
    """Whether one end is replaced, and some rows of either end are not."""
    ends = {leaf for end in (key.child, key.parent) for leaf in leaves(catalog, end)}
    return not ends.isdisjoint(names) and not ends <= names


def _can_look(
    key: ForeignKey, names: frozenset[TableName], snapshot: Snapshot, target: TargetState
) -> bool:
    """Whether the role may read what stays, and the snapshot has the columns of what comes."""
    rights = (TableRight.USAGE, TableRight.SELECT)
    for end, columns in ((key.child, key.columns), (key.parent, key.parent_columns)):
        for leaf in leaves(target.catalog, end):
            if leaf in names:
                if not set(columns) <= set(snapshot.manifest.by_table[leaf].column_names):
                    return False
            elif leaf in target.row_security or not all(
                target.may(leaf, right) for right in rights
            ):
                return False
    return True


def _stage(
    session: Session,
    snapshot: Snapshot,
    keys: list[ForeignKey],
    names: frozenset[TableName],
    catalog: Catalog,
) -> dict[TableName, TableName]:
    ends = {
        leaf for key in keys for end in (key.child, key.parent) for leaf in leaves(catalog, end)
    }
    stages = {}
    for place, name in enumerate(sorted(ends & names)):
        entry = snapshot.manifest.by_table[name]
        stages[name] = make_stage(session, f"snapkit_part_{place}", name, entry.column_names)
        blocks = blocks_of(snapshot, entry, SILENT)
        fill_stage(session, stages[name], entry.column_names, blocks)
        parents = (key for key in keys if name in leaves(catalog, key.parent))
        index_for_periods(session, stages[name], parents)
    return stages


def _problems(
    session: Session,
    snapshot: Snapshot,
    keys: list[ForeignKey],
    stages: dict[TableName, TableName],
    catalog: Catalog,
) -> list[str]:
    operators = read_operators(session)
    known = snapshot.manifest.known_orphans

    def sources(name: TableName) -> list[TableName]:
        return [stages.get(leaf, leaf) for leaf in leaves(catalog, name)]

    problems = []
    for key in keys:
        parents = sources(key.parent)
        found = sum(
            count_orphans_among(session, key, catalog, operators, rows=rows, parents=parents)
            for rows in sources(key.child)
        )
        if found > known.get((key.child, key.columns, key.parent), 0):
            problems.append(without_parent(found, key))
    return problems


def without_parent(rows: int, key: ForeignKey) -> str:
    """Say that rows would have no parent.

    Args:
        rows: How many [rows].
        key: By which foreign key or relation.

    Returns:
        One line.
    """
    kind = "foreign key" if key.definition else "relation"
    return (
        f"{counted(rows, 'row')} of {key.child} would refer to rows of {key.parent} that are "
        f"neither there nor coming along ({kind} {key.name})"
    )

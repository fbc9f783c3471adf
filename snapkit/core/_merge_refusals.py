"""Why a merge must not start: each reason as one line, all of them at once.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.catalog import LARGE_OBJECTS
from snapkit.core.merge import MergeMode
from snapkit.core.target_state import TableRight
from snapkit.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.core.catalog import Table
    from snapkit.core.manifest import Manifest, TableEntry
    from snapkit.core.names import ForeignKey, TableName
    from snapkit.core.target_state import TargetState


def problems_of_merge(
    target: TargetState, filled: tuple[TableEntry, ...], mode: MergeMode
) -> list[str]:
    """Why rows cannot be told apart, or put in by this role.

    Args:
        target: The database, and what the role may do there.
        filled: The tables of the snapshot that have rows.
        mode: What happens to rows whose key is there already.

    Returns:
        One line per reason.
    """
    role = target.catalog.role
    problems = []
    needed = [TableRight.USAGE, TableRight.SELECT, TableRight.INSERT]
    needed += [TableRight.UPDATE] if mode is MergeMode.UPSERT else []
    for entry in filled:
        table = target.catalog.by_name.get(entry.table)
        if entry.table == LARGE_OBJECTS:
            problems.append("large objects are not rows of a table: --mode replace puts them back")
            continue
        if not entry.key:
            problems.append(f"table {entry.table} has no key: its rows cannot be told apart")
        elif table is not None and table.holds_rows and not _has_key(table, entry.key):
            problems.append(_no_key(table, entry.key))
        if table is None or not table.holds_rows:
            continue  # the table's shape is a reason of its own
        if lacking := [right for right in needed if not target.may(entry.table, right)]:
            problems.append(f"role {role} lacks {', '.join(lacking)} on table {entry.table}")
        if entry.table in target.row_security:
            problems.append(f"row security would hide rows of table {entry.table} from role {role}")
        if entry.table in target.with_rules:
            problems.append(
                f"a rule of table {entry.table} rewrites INSERT or DELETE: rows might not arrive"
            )
    if filled and not target.can_make_temporary:
        problems.append(f"role {role} cannot stage rows: it lacks TEMP on the database")
    return problems


def _no_key(table: Table, key: tuple[str, ...]) -> str:
    columns = ", ".join(key)
    if _has_key(table, key, method="gist"):
        return (
            f"table {table.name} has the key ({columns}) WITHOUT OVERLAPS: a temporal key does not "
            "tell rows apart by equality, since rows with different periods may exclude each other"
        )
    return (
        f"table {table.name} has the key ({columns}) in the snapshot, and no unique index on just "
        "these columns in the target"
    )


def _has_key(table: Table, key: tuple[str, ...], *, method: str = "btree") -> bool:
    return any(
        index.is_unique
        and index.is_valid
        and index.predicate is None
        and not index.has_expressions
        and index.method == method
        and set(index.columns) == set(key)
        for index in table.indexes
    )


def problems_of_lookups(
    target: TargetState, names: Iterable[TableName], lookups: Iterable[ForeignKey]
) -> list[str]:
    """Why nobody could tell whether rows have their parents.

    Args:
        target: The database, and what the role may do there.
        names: The tables of the merge; what they lack is said elsewhere.
        lookups: The keys by which their rows need parents.

    Returns:
        One line per parent that the role cannot read.
    """
    own, role = frozenset(names), target.catalog.role
    parents: dict[TableName, ForeignKey] = {}
    for key in lookups:
        if key.parent not in own:
            parents.setdefault(key.parent, key)
    problems = []
    for name, key in sorted(parents.items(), key=lambda pair: pair[0]):
        rights = (TableRight.USAGE, TableRight.SELECT)
        if lacking := [right for right in rights if not target.may(name, right)]:
            problems.append(
                f"role {role} lacks {', '.join(lacking)} on table {name}, where foreign key "
                f"{key.name} of {key.child} has its parents: nobody could tell whether they are "
                "there"
            )
        elif name in target.row_security:
            problems.append(f"row security would hide rows of table {name} from role {role}")
    return problems


def raise_problems(problems: list[str], manifest: Manifest, target: TargetState) -> None:
    """Refuse where there is a reason to.

    Args:
        problems: One line each.
        manifest: Of the snapshot.
        target: The database.

    Raises:
        PlanError: There is one.
    """
    if not problems:
        return
    head = problems[0] if len(problems) == 1 else f"{len(problems)} reasons not to start"
    raise PlanError(
        f"snapshot {manifest.id} cannot be merged: {head}",
        f"database {target.catalog.database}",
        "Nothing was touched. Mend what is named above, choose other tables with --only, or use "
        "--mode replace.",
        problems=tuple(problems) if len(problems) > 1 else (),
    )

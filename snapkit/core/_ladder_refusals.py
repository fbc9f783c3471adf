"""Why rows of tables cannot be replaced on any rung: each reason as one line, all of them at once.

Source: DESIGN.md, section 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapkit.core.names import ForeignKey, ReferentialAction, TableName
from snapkit.core.rungs import LATE, KeyHandling, Ladder, edges_between, lacking_for, members_of
from snapkit.core.target_state import TableRight, TargetState
from snapkit.core.text import counted

if TYPE_CHECKING:
    from snapkit.core.manifest import Manifest


def problems_of_ladder(
    manifest: Manifest, target: TargetState, ladder: Ladder, *, quarantine: bool
) -> list[str]:
    """Why even the lowest rung cannot be stood on.

    Args:
        manifest: What the snapshot holds.
        target: The database, and what the role may do there.
        ladder: How the rows would be replaced.
        quarantine: Whether bad rows are to be set aside.

    Returns:
        One line per reason, with the privilege that is missing.
    """
    names = tuple(name for stage in ladder.rungs for name in stage.tables)
    return [
        *_lacking_rights(target, names, frozenset(ladder.truncated)),
        *_unreadable_ends(target, ladder, frozenset(names)),
        *_outside_children(target, ladder, names),
        *_known_orphans(manifest, target, ladder, names),
        *_rewritten(target, ladder),
        *_staging(target, ladder, names, quarantine=quarantine),
    ]


def _lacking_rights(
    target: TargetState, names: tuple[TableName, ...], truncated: frozenset[TableName]
) -> list[str]:
    role, there = target.catalog.role, target.catalog.by_name
    problems = []
    for name in sorted(name for name in names if name in there and there[name].holds_rows):
        needed = [TableRight.USAGE, TableRight.SELECT, TableRight.INSERT]
        needed += [] if name in truncated else [TableRight.DELETE]
        lacking = [right for right in needed if not target.may(name, right)]
        shown = ", ".join(lacking)
        if lacking and name not in target.owned:
            owner = there[name].owner
            problems.append(
                f"role {role} does not own table {name} (its owner is {owner}) and lacks {shown}"
            )
        elif lacking:
            problems.append(f"role {role} lacks {shown} on its own table {name}")
        if name in target.row_security:
            problems.append(f"row security would hide rows of table {name} from role {role}")
    problems += [
        f"role {role} may not read where sequence {name} stands: it lacks SELECT on it, or USAGE "
        "on its namespace"
        for name in sorted(target.unreadable_sequences)
    ]
    return problems


def _unreadable_ends(target: TargetState, ladder: Ladder, names: frozenset[TableName]) -> list[str]:
    """Orphans are looked for at both ends of a key, unless the database does so itself."""
    ends: dict[TableName, ForeignKey] = {}
    for key, how in ladder.handling.items():
        if not (how is KeyHandling.DROP and key.validated and key.enforced):
            ends |= {name: key for name in (key.child, key.parent) if name not in names}
    return [
        f"role {target.catalog.role} lacks SELECT on {name}, at the other end of foreign key "
        f"{key.name} of {key.child}: nobody could tell whether rows lost their parents"
        for name, key in sorted(ends.items(), key=lambda pair: pair[0])
        if not target.may(name, TableRight.SELECT)
    ]


def _outside_children(
    target: TargetState, ladder: Ladder, names: tuple[TableName, ...]
) -> list[str]:
    """Rows that stay and reference rows that are deleted: no key may refuse or follow."""
    deleted = target.holding_rows.intersection(names)
    return [
        f"rows of {key.child} stay and reference rows of {key.parent} that would be deleted "
        f"(foreign key {key.name}, ON DELETE {key.on_delete}): role {target.catalog.role} cannot "
        f"drop the key for want of {lacking_for(key, target)}"
        for key, parents, staying in _ties(target, ladder, names)
        if not deleted.isdisjoint(parents) and not staying.isdisjoint(target.holding_rows)
    ]


def children_to_stay_empty(
    target: TargetState, ladder: Ladder, names: tuple[TableName, ...]
) -> tuple[TableName, ...]:
    """Name the tables outside of the plan whose rows would go, or forbid, as their parents go.

    Args:
        target: The database, and what the role may do there.
        ladder: How the rows are replaced.
        names: The tables whose rows are replaced.

    Returns:
        Tables that were empty when the plan was made, and must be so once the locks are there.
    """
    children = {child for _, _, staying in _ties(target, ladder, names) for child in staying}
    return tuple(sorted(children))


def _ties(
    target: TargetState, ladder: Ladder, names: tuple[TableName, ...]
) -> list[tuple[ForeignKey, frozenset[TableName], frozenset[TableName]]]:
    """Foreign keys in force between tables whose rows are deleted and tables that stay."""
    members = members_of(target.catalog, names)
    everything = members_of(target.catalog, (table.name for table in target.catalog.data_tables))
    found = []
    for key, how in ladder.handling.items():
        waits = how in LATE and key.on_delete is ReferentialAction.NO_ACTION
        parents = frozenset(members.get(key.parent, ())) - set(ladder.truncated)
        staying = frozenset(everything.get(key.child, ())) - set(names)
        if how not in {KeyHandling.DROP, KeyHandling.IGNORE} and not waits and parents and staying:
            found.append((key, parents, staying))
    return found


def _known_orphans(
    manifest: Manifest, target: TargetState, ladder: Ladder, names: tuple[TableName, ...]
) -> list[str]:
    """A key that was never validated refuses new orphans all the same, unless it is dropped."""
    known = {
        (item.foreign_key.child, item.foreign_key.columns, item.foreign_key.parent): item.rows
        for item in manifest.orphans
        if item.rows
    }
    members = members_of(target.catalog, names)
    return [
        f"the snapshot holds {counted(known[key.child, key.columns, key.parent], 'orphan')} of "
        f"foreign key {key.name} of {key.child}: role {target.catalog.role} cannot drop the key "
        f"for want of {lacking_for(key, target)}"
        for key, how in ladder.handling.items()
        if how not in {KeyHandling.DROP, KeyHandling.IGNORE}
        and (key.child, key.columns, key.parent) in known
        and key.child in members
    ]


def _rewritten(target: TargetState, ladder: Ladder) -> list[str]:
    """A rule may have a DELETE, or an INSERT other than COPY, do something else, or nothing."""
    used = {name for group in (*ladder.deletes, *ladder.staged) for name in group}
    return [
        f"a rule of table {name} rewrites DELETE or INSERT, which role {target.catalog.role} needs "
        "there: TRUNCATE and COPY would pass it by, for an owner"
        for name in sorted(used & target.with_rules)
    ]


def _staging(
    target: TargetState, ladder: Ladder, names: tuple[TableName, ...], *, quarantine: bool
) -> list[str]:
    role = target.catalog.role
    together = list(ladder.staged)
    problems = [
        f"rows of {', '.join(map(str, group))} need each other and go through temporary tables: "
        f"role {role} lacks TEMP on the database"
        for group in together
        if not target.can_make_temporary
    ]
    if not quarantine:
        return problems
    edges = edges_between(target.catalog, names, ladder.keys(KeyHandling.STAND))
    together += [(name,) for name in sorted({key.child for key in edges if key.is_self_reference})]
    loaded = {name for stage in ladder.loads for group in stage for name in group}
    return problems + [
        f"bad rows of {', '.join(map(str, group))} cannot be quarantined: the rows reference each "
        f"other and go in by one statement, for want of ownership; stop at bad rows instead"
        for group in together
        if loaded.issuperset(group)
    ]

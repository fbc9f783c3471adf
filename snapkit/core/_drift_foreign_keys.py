"""Drift of foreign keys: each by its ends, then by what it does and how it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from snapkit.core._drift_keys import listed, renamed
from snapkit.core._drift_values import NOTHING, Drift, DriftKind, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapkit.core.catalog import Catalog
    from snapkit.core.names import ForeignKey
    from snapkit.core.schema import Schema

_CLIENT_RELATION: Final = 'relationMode = "prisma"'  # the relation, but no foreign key
_SOME_COLUMNS: Final = re.compile(r"ON DELETE (SET (?:NULL|DEFAULT) \([^\"]*\))")
_QUOTED: Final = re.compile(r'"[^"]*"')


def foreign_keys_drift(schema: Schema, catalog: Catalog) -> Iterator[Drift]:
    """Compare the foreign keys of modelled tables, each by its ends.

    Args:
        schema: What should be there.
        catalog: What is there.

    Yields:
        What is missing, extra, does something else, or stands otherwise than Prisma makes it.
    """
    ours = frozenset(schema.tables)
    live: dict[object, list[ForeignKey]] = {}
    for key in catalog.foreign_keys:
        if key.child in ours:
            live.setdefault(_ends(key), []).append(key)
    joins = frozenset(schema.join_by_table)
    for key in schema.foreign_keys:
        table = catalog.by_name.get(key.child)
        if not key.enforced or table is None:
            continue
        same = live.get(_ends(key), [])
        found = min(same, key=lambda one: one.name != key.name, default=None)
        if found is None:
            kind = DriftKind.MISSING_FOREIGN_KEY
            yield Drift(kind=kind, table=key.child, item=key.name, expected=_arrow(key))
            continue
        same.remove(found)
        actions = [(key.on_delete, found.on_delete), (key.on_update, found.on_update)]
        for clause, (expected, actual) in zip(("ON DELETE", "ON UPDATE"), actions, strict=True):
            if expected is not actual:
                yield Drift(
                    kind=DriftKind.REFERENTIAL_ACTION,
                    table=key.child,
                    item=found.name,
                    expected=f"{clause} {expected}",
                    found=f"{clause} {actual}",
                )
        yield from _state(found)
        if found.name != key.name and key.child not in joins:
            yield renamed(key.child, key.name, found.name)
    known = {_ends(key) for key in schema.foreign_keys if not key.enforced}
    for ends, left in live.items():
        wanted = _CLIENT_RELATION if ends in known else NOTHING
        for key in left:
            yield Drift(
                kind=DriftKind.EXTRA_FOREIGN_KEY,
                table=key.child,
                item=key.name,
                expected=wanted,
                found=_arrow(key),
            )


def _state(key: ForeignKey) -> Iterator[Drift]:
    """Name what Prisma never makes: a key that nothing enforces is no key to Prisma, either."""
    partly = _SOME_COLUMNS.search(_QUOTED.sub("_", key.definition))
    deferred = " INITIALLY DEFERRED" if key.initially_deferred else ""
    states = [
        ("ENFORCED", "NOT ENFORCED", not key.enforced),
        ("VALID", "NOT VALID", key.enforced and not key.validated),
        ("MATCH SIMPLE", "MATCH FULL", key.match_full),
        ("NOT DEFERRABLE", f"DEFERRABLE{deferred}", key.deferrable),
        (f"ON DELETE {key.on_delete}", partly[1] if partly else "", partly is not None),
    ]
    for expected, found, differs in states:
        if differs:
            yield Drift(
                kind=DriftKind.FOREIGN_KEY_STATE,
                table=key.child,
                item=key.name,
                expected=expected,
                found=found,
                severity=Severity.INFORMATION if key.enforced else Severity.DRIFT,
            )


def _ends(key: ForeignKey) -> object:
    """What a foreign key joins, whatever the order its columns are written in."""
    pairs = tuple(sorted(zip(key.columns, key.parent_columns, strict=False)))
    return (key.child, key.parent, pairs)


def _arrow(key: ForeignKey) -> str:
    return f"{listed(key.columns)} -> {key.parent} {listed(key.parent_columns)}"

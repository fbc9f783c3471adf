"""Objects: what a database declares besides rows and sequences, and what of it was lost.

A restore may have every row and still lack an index, a default or a grant. A backup keeps a list of
these objects (`objects.json`), a verification holds the database against it.

Source: PostgreSQL manual, System Catalogs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from snapkit.core.names import TableName
from snapkit.core.verdict import ObjectChange, ObjectFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from snapkit.core.catalog import Catalog

_VERSION_OF_MAINTAIN = 17
_QUOTED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*\""""
_CAST = re.compile(
    rf"({_QUOTED})|"
    r"::(?:character varying|bit varying|double precision|time(?:stamp)?(?:\(\d\))? with(?:out)? "
    r'time zone|(?:"(?:[^"]|"")*"|\w+)(?:\.(?:"(?:[^"]|"")*"|\w+))?)(?:\([\d,]+\))?(?:\[\])*'
)
_TOKEN = re.compile(rf"""{_QUOTED}|[()]|[^\s()'"]+|['"]""")
_JOINERS = frozenset({"AND", "OR"})


class ObjectKind(StrEnum):
    """What an object is.

    A column's definition is its type, collation, NOT NULL and default; a type's the labels of an
    enum, the base and constraints of a domain, the attributes of a composite, what a range is of.
    """

    COLUMN = "column"
    INDEX = "index"
    CONSTRAINT = "constraint"
    TRIGGER = "trigger"
    RULE = "rule"
    POLICY = "policy"
    ROW_SECURITY = "row security"
    VIEW = "view"
    FUNCTION = "function"
    TYPE = "type"
    GRANT = "grant"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogObject:
    """One object, as the server prints it.

    `relation` is the table or view that it hangs on, empty for functions, types and the grants of a
    namespace; `name` its own name, empty where the relation's is all there is. Of a grant `role` is
    who was given the right, empty for everybody; rights of an owner are no grants.
    """

    kind: ObjectKind
    namespace: str
    relation: str
    name: str
    role: str = ""
    definition: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What tells it from every other."""
        return (self.kind, self.namespace, self.relation, self.name)

    @property
    def table(self) -> TableName:
        """The table or view that it hangs on."""
        return TableName(self.namespace, self.relation)

    def __str__(self) -> str:
        place = self.table if self.relation else self.namespace
        return f"{self.kind} {place}" + (f": {self.name}" if self.name else "")


def compare_objects(
    expected: Iterable[CatalogObject],
    found: Iterable[CatalogObject],
    *,
    catalog: Catalog,
    source_version: int,
    tables: frozenset[TableName] | None = None,
) -> tuple[tuple[ObjectFinding, ...], int]:
    """Name the objects that a database lacks, has otherwise, or has besides.

    Definitions are compared by their skeletons: the server prints a restored `status IN ('a', 'b')`
    with other casts and brackets than the first time. They are compared only where both
    servers are of one major version, because each prints in its own way. What hangs on a table that
    the database lacks is not named: the table is.

    Args:
        expected: The snapshot's.
        found: The database's.
        catalog: Of the database: which tables there are, who owns them, and its server.
        source_version: Of the snapshot's server, as `server_version_num`.
        tables: Only what hangs on these; None takes everything.

    Returns:
        One finding per difference, by kind and name; and how many of the snapshot's objects were
        looked for.
    """
    majors = (source_version // 10_000, catalog.server.version // 10_000)
    theirs = _by_identity(found, tables, majors)
    ours = {
        identity: item
        for identity, item in _by_identity(expected, tables, majors).items()
        if _can_be_there(item, catalog)
    }
    differing = [
        identity
        for identity in sorted(ours.keys() | theirs.keys())
        if (mine := ours.get(identity)) is None
        or (other := theirs.get(identity)) is None
        or (majors[0] == majors[1] and not _alike(mine.definition, other.definition))
    ]
    findings = (_finding(ours.get(identity), theirs.get(identity)) for identity in differing)
    return tuple(findings), len(ours)


def _alike(one: str, other: str) -> bool:
    return one == other or skeleton(one) == skeleton(other)


def skeleton(definition: str) -> str:
    """A definition without casts, white space and the brackets that mean nothing.

    What is quoted stays as it is. Brackets go around a single thing, and around `a AND b` within
    `(a AND b) AND c`; those that say what belongs to what stay.

    Args:
        definition: As the server prints it.

    Returns:
        What stays the same when it is printed, read and printed again.
    """
    opened: list[list[str]] = [[]]
    for token in _TOKEN.findall(_CAST.sub(r"\1", definition)):
        if token == "(":  # noqa: S105 -- no password
            opened.append([])
        elif token == ")" and len(opened) > 1:  # noqa: S105 -- no password
            inner = opened.pop()
            opened[-1].append(inner[0] if len(inner) == 1 else f"({_joined(inner)})")
        else:
            opened[-1].append(token)
    return " ".join(map(_joined, opened))


def _joined(items: list[str]) -> str:
    """Write what stands between two brackets; a chain of one joiner takes in those within it."""
    joiners = _JOINERS.intersection(items)
    if len(joiners) != 1 or "BETWEEN" in items:
        return " ".join(items)
    (joiner,) = joiners
    edges = [None, *items, None]
    return " ".join(
        item[1:-1]
        if item.startswith("(")
        and {edges[at], edges[at + 2]} <= {joiner, None}
        and _chain(item) == joiner
        else item
        for at, item in enumerate(items)
    )


def _chain(group: str) -> str:
    """The joiner of a group that has no other; empty where there is none."""
    depth, found = 0, set()
    for token in _TOKEN.findall(group[1:-1]):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if not depth and token in _JOINERS:
            found.add(token)
    return found.pop() if len(found) == 1 else ""


def _by_identity(
    objects: Iterable[CatalogObject],
    tables: frozenset[TableName] | None,
    majors: tuple[int, int],
) -> Mapping[tuple[str, str, str, str], CatalogObject]:
    """MAINTAIN came with version 17: an older server cannot have it."""
    has_maintain = min(majors) >= _VERSION_OF_MAINTAIN
    return {
        item.identity: item
        for item in objects
        if (tables is None or item.table in tables)
        and (has_maintain or item.kind is not ObjectKind.GRANT or "MAINTAIN" not in item.name)
    }


def _can_be_there(item: CatalogObject, catalog: Catalog) -> bool:
    table = catalog.by_name.get(item.table)
    if item.kind is ObjectKind.GRANT:  # an owner has every right without a grant
        owner = table.owner if table else catalog.role
        if item.role == owner:
            return False
    return table is not None or not item.relation or item.kind is ObjectKind.VIEW


def _finding(expected: CatalogObject | None, found: CatalogObject | None) -> ObjectFinding:
    known = expected or found
    assert known is not None  # noqa: S101 -- a difference has a side
    change = ObjectChange.CHANGED
    if expected is None or found is None:
        change = ObjectChange.EXTRA if expected is None else ObjectChange.MISSING
    return ObjectFinding(
        what=str(known),
        change=change,
        snapshot=expected.definition if expected else None,
        database=found.definition if found else None,
    )

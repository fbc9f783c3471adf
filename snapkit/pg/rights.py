"""What the role may do, asked before anything is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from snapkit.core.catalog import LARGE_OBJECTS, TableKind, Unproven
from snapkit.core.names import TableName
from snapkit.core.plain_indexes import PlainIndex
from snapkit.core.target_state import SequenceRight, TableRight, TargetState
from snapkit.errors import DatabaseError
from snapkit.pg.queries import sql_text
from snapkit.pg.rows import RowSource, source_of
from snapkit.pg.sequence_catalog import unreadable_sequences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapkit.core.catalog import Catalog
    from snapkit.pg.session import Session

_LARGE_OBJECTS_OF_OTHERS = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata
                WHERE NOT pg_has_role(lomowner, 'USAGE'))
"""
_SHOWN = 10  # tables named in an error
_TABLES = frozenset("rp")
_UNREADABLE = """
SELECT n.nspname, c.relname, 'it lacks SELECT on the table'
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (%(namespaces)s) AND n.nspname !~ '^pg_'
   AND has_schema_privilege(n.oid, 'USAGE')
   AND NOT has_table_privilege(c.oid, 'SELECT')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
                      AND d.deptype = 'e')
UNION ALL
SELECT n.nspname, c.relname, 'row security would hide rows from it'
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (%(namespaces)s) AND n.nspname !~ '^pg_'
   AND c.relrowsecurity AND row_security_active(c.oid)
UNION ALL
SELECT 'pg_catalog', 'pg_largeobject', 'it lacks SELECT on ' || count(*) || ' of the large objects'
  FROM pg_catalog.pg_largeobject_metadata l
 WHERE NOT EXISTS (SELECT FROM aclexplode(coalesce(l.lomacl, acldefault('L', l.lomowner))) AS given
                    WHERE given.privilege_type = 'SELECT'
                      AND (given.grantee = 0 OR pg_has_role(given.grantee, 'USAGE')))
   AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
HAVING count(*) > 0
UNION ALL
SELECT n.nspname, '*', 'it lacks USAGE on the namespace'
  FROM pg_catalog.pg_namespace n
 WHERE n.nspname = ANY (%(namespaces)s) AND NOT has_schema_privilege(n.oid, 'USAGE')
 ORDER BY 1, 2
"""


def unreadable_tables(session: Session, namespaces: Sequence[str]) -> dict[TableName, str]:
    """Name the tables of which the role would see fewer rows than there are.

    Args:
        session: As the role that is to read.
        namespaces: Those to look into.

    Returns:
        The reason by table; a table named `*` stands for a whole namespace.
    """
    rows = session.rows(_UNREADABLE, {"namespaces": list(namespaces)})
    return {TableName(str(space), str(name)): str(why) for space, name, why in rows}


def require_readable(session: Session, namespaces: Sequence[str]) -> None:
    """Refuse to begin where the role would see fewer rows than there are.

    Args:
        session: As the role that is to read.
        namespaces: Those whose tables will be read.

    Raises:
        DatabaseError: Some tables cannot be read in full; each is named with what is missing.
    """
    found = unreadable_tables(session, namespaces)
    if not found:
        return
    shown = "; ".join(f"{name}: {why}" for name, why in list(found.items())[:_SHOWN])
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise DatabaseError(
        f"role {session.role} cannot read every row: {shown}{more}",
        f"database {session.database}",
        "Run as the owner of the tables, or as a role with pg_read_all_data and BYPASSRLS. "
        "Nothing was backed up: a snapshot that lacks rows is worse than none.",
    )


def read_target_state(session: Session, catalog: Catalog) -> TargetState:
    """Ask what a restore plan needs to know of its target.

    Args:
        session: As the role that is to restore.
        catalog: Of the same database.

    Returns:
        Which tables hold rows, which the role owns, and what it may do with them and create.
    """
    rights = _table_rights(session)
    owned = {row.table for row in rights if row.is_owned and row.kind in _TABLES}
    if not session.scalar(_LARGE_OBJECTS_OF_OTHERS):
        owned.add(LARGE_OBJECTS)
    references = {
        (TableName(str(namespace), str(child)), str(name))
        for namespace, child, name in session.rows(sql_text("lacks_references"))
    }
    return TargetState(
        catalog=catalog,
        holding_rows=_holding_rows(session, catalog, rights),
        owned=frozenset(owned),
        roles=frozenset(
            str(row[0]) for row in session.rows("SELECT rolname FROM pg_catalog.pg_roles")
        ),
        available_extensions=frozenset(
            str(row[0]) for row in session.rows("SELECT name FROM pg_available_extensions")
        ),
        can_create_namespaces=bool(
            session.scalar("SELECT has_database_privilege(current_database(), 'CREATE')")
        ),
        can_create_in_public=bool(
            session.scalar(
                "SELECT coalesce((SELECT has_schema_privilege(oid, 'CREATE')"
                " FROM pg_catalog.pg_namespace WHERE nspname = 'public'), false)"
            )
        ),
        can_make_temporary=bool(
            session.scalar("SELECT has_database_privilege(current_database(), 'TEMPORARY')")
        ),
        rights={row.table: row.rights for row in rights if row.kind in _TABLES},
        lacks_references=frozenset(
            key for key in catalog.foreign_keys if (key.child, key.name) in references
        ),
        unproven_domains=tuple(
            (
                TableName(str(namespace), str(domain)),
                Unproven(name=str(name), definition=str(definition), comment=comment),
            )
            for namespace, domain, name, definition, comment in session.rows(
                sql_text("unproven_domains")
            )
        ),
        plain_indexes=_plain_indexes(session),
        row_security=frozenset(row.table for row in rights if row.is_filtered),
        with_rules=frozenset(row.table for row in rights if row.has_rules and row.kind in _TABLES),
        sequences={row.table: row.sequence_right for row in rights if row.kind == "S"},
        not_refreshable=frozenset(
            row.table for row in rights if row.kind == "m" and not row.is_owned
        ),
        unreadable_sequences=unreadable_sequences(session),
    )


@dataclass(frozen=True, slots=True)
class _Rights:
    table: TableName
    kind: str
    is_owned: bool
    rights: frozenset[TableRight]
    is_filtered: bool
    has_rules: bool

    @property
    def sequence_right(self) -> SequenceRight:
        if self.is_owned:
            return SequenceRight.OWNER
        can_move = {TableRight.USAGE, TableRight.UPDATE} <= self.rights
        return SequenceRight.UPDATE if can_move else SequenceRight.NONE


def _table_rights(session: Session) -> tuple[_Rights, ...]:
    return tuple(
        _Rights(
            TableName(str(namespace), str(name)),
            str(kind),
            bool(is_owned),
            frozenset(map(TableRight, rights)),
            bool(is_filtered),
            bool(has_rules),
        )
        for namespace, name, kind, is_owned, rights, is_filtered, has_rules in session.rows(
            sql_text("rights")
        )
    )


def _plain_indexes(session: Session) -> tuple[PlainIndex, ...]:
    return tuple(
        PlainIndex(
            table=TableName(str(namespace), str(table)),
            name=str(name),
            definition=str(definition),
            method=str(method),
            comment=comment,
            tablespace=tablespace,
        )
        for namespace, table, name, method, definition, tablespace, comment in session.rows(
            sql_text("plain_indexes")
        )
    )


def _holding_rows(
    session: Session, catalog: Catalog, rights: tuple[_Rights, ...]
) -> frozenset[TableName]:
    """A table without pages is empty; the others are asked for one row, in one query.

    Those that cannot be asked are taken to hold rows.
    """
    candidates = {
        table.name
        for table in catalog.data_tables
        if table.size_bytes or table.kind is TableKind.LARGE_OBJECTS
    }
    readable = {
        row.table
        for row in rights
        if {TableRight.USAGE, TableRight.SELECT} <= row.rights and not row.is_filtered
    }
    found = tables_with_rows(
        session, [source_of(catalog, name) for name in sorted(candidates & readable)]
    )
    return frozenset({*found, *(candidates - readable)})


def tables_with_rows(session: Session, sources: Sequence[RowSource]) -> tuple[TableName, ...]:
    """Ask each table for one row of its own, all in one query.

    Args:
        session: With SELECT on all of them.
        sources: Those to ask.

    Returns:
        Those that have one, in the order given.

    Raises:
        DatabaseError: The role may not read one of them.
    """
    queries = [
        sql.SQL("SELECT {}::int WHERE EXISTS (SELECT FROM {})").format(
            sql.Literal(place), source.relation
        )
        for place, source in enumerate(sources)
    ]
    return tuple(sources[int(place)].table for (place,) in sorted(session.union(queries)))

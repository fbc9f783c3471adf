"""A snapshot's post-data DDL, cut in two: what each table's own worker can run, and the rest.

Indexes and constraints that are indexes belong to one table, and wait for nothing but its rows. All
else, such as foreign keys, triggers, comments and the attaching of a partition's index, comes in
pg_dump's order when every table has its rows and its indexes.

Source: PostgreSQL manual, pg_dump; CREATE INDEX; ALTER TABLE.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from snapkit.core.ddl import statements, without
from snapkit.core.names import TableName

_NAME = r'(?:"(?:[^"]|"")+"|[a-z_\x80-\U0010ffff][a-z0-9_$\x80-\U0010ffff]*)'
_TABLE = rf"(?P<namespace>{_NAME})\.(?P<name>{_NAME})"
_INDEX = re.compile(rf"CREATE (?:UNIQUE )?INDEX {_NAME} ON (?:ONLY )?{_TABLE} USING ")
_CONSTRAINT = re.compile(
    rf"ALTER TABLE (?:ONLY )?{_TABLE}\s+ADD CONSTRAINT {_NAME} (?:PRIMARY KEY|UNIQUE|EXCLUDE)\b"
)
_TABLESPACE = re.compile(r"SET default_tablespace = (?P<value>.*)")


@dataclass(frozen=True, slots=True)
class PostData:
    """`indexes` are statements by table, in their order; `rest` is the script without them.

    Their lines are left empty in `rest`, so that line numbers stay.
    """

    indexes: Mapping[TableName, tuple[str, ...]]
    rest: str


def split_post_data(text: str, tables: Collection[TableName]) -> PostData:
    """Cut post-data DDL in two.

    Args:
        text: As `strip` returns it.
        tables: Those that have a worker; statements about others stay in the rest.

    Returns:
        Both parts. What a tablespace was set for stays in the rest: the setting is made there.
    """
    wanted = frozenset(tables)
    found: dict[TableName, list[str]] = {}
    cut = []
    tablespace = "''"
    for statement in statements(text):
        if setting := _TABLESPACE.fullmatch(statement.text):
            tablespace = setting["value"]
        match = _INDEX.match(statement.text) or _CONSTRAINT.match(statement.text)
        if match is None or tablespace != "''":
            continue
        table = TableName(_unquoted(match["namespace"]), _unquoted(match["name"]))
        if table in wanted:
            found.setdefault(table, []).append(statement.text)
            cut.append(statement)
    indexes = {table: tuple(those) for table, those in found.items()}
    return PostData(indexes, without(text, cut))


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name

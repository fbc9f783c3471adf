"""The state of a restore's target: what is there, and what the role may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from snapkit.core.catalog import Catalog, Unproven
from snapkit.core.names import ForeignKey, TableName
from snapkit.core.plain_indexes import PlainIndex


class TableRight(StrEnum):
    """What a role may be granted on a table, by PostgreSQL's words."""

    USAGE = "USAGE on its namespace"
    SELECT = "SELECT"
    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    TRUNCATE = "TRUNCATE"


class SequenceRight(StrEnum):
    """How a role may move a sequence."""

    OWNER = "owner"  # ALTER SEQUENCE … RESTART, which rolls back
    UPDATE = "UPDATE"  # setval, which does not
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """What the plan needs to know of the target.

    `holding_rows` are tables with at least one row; `owned` are tables whose owner the role is, or
    is a member of; `roles` and `available_extensions` are those of the server.

    `rights` are those on each table; for a table that it does not name, an owner has all of them
    and anybody else none. `lacks_references` are foreign keys that the role could not put back;
    `unproven_domains` are constraints, never validated, of domains that the role owns;
    `plain_indexes` are indexes that it could drop and make again just as they were.
    `row_security` names tables of which the role does not see every row, `with_rules` those whose
    rules rewrite INSERT or DELETE. Sequences that are not in
    `sequences`, and materialized views that are not in `not_refreshable`, are as an owner's.
    Nobody knows where `unreadable_sequences` stand.
    """

    catalog: Catalog
    holding_rows: frozenset[TableName] = frozenset()
    owned: frozenset[TableName] = frozenset()
    roles: frozenset[str] = frozenset()
    available_extensions: frozenset[str] = frozenset()
    can_create_namespaces: bool = True
    can_create_in_public: bool = True
    can_make_temporary: bool = True
    rights: Mapping[TableName, frozenset[TableRight]] = field(default_factory=dict)
    lacks_references: frozenset[ForeignKey] = frozenset()
    unproven_domains: tuple[tuple[TableName, Unproven], ...] = ()
    plain_indexes: tuple[PlainIndex, ...] = ()
    row_security: frozenset[TableName] = frozenset()
    with_rules: frozenset[TableName] = frozenset()
    sequences: Mapping[TableName, SequenceRight] = field(default_factory=dict)
    not_refreshable: frozenset[TableName] = frozenset()
    unreadable_sequences: frozenset[TableName] = frozenset()

    def may(self, table: TableName, right: TableRight) -> bool:
        """Whether the role holds a right on a table."""
        held = self.rights.get(table)
        return table in self.owned if held is None else right in held

    def may_lock(self, table: TableName) -> bool:
        """Whether the role may lock a table against all others."""
        strong = (TableRight.UPDATE, TableRight.DELETE, TableRight.TRUNCATE)
        return self.may(table, TableRight.USAGE) and any(self.may(table, one) for one in strong)

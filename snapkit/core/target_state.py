"""The state of a restore's target: what is there, and what the role may do."""

from __future__ import annotations

from dataclasses import dataclass

from snapkit.core.catalog import Catalog
from snapkit.core.names import TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """What the plan needs to know of the target.

    `holding_rows` are tables with at least one row; `owned` are tables whose owner the role is, or
    is a member of; `roles` and `available_extensions` are those of the server.
    """

    catalog: Catalog
    holding_rows: frozenset[TableName] = frozenset()
    owned: frozenset[TableName] = frozenset()
    roles: frozenset[str] = frozenset()
    available_extensions: frozenset[str] = frozenset()
    can_create_namespaces: bool = True
    can_create_in_public: bool = True

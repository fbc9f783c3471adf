"""Names that the Prisma side and the database side share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A table's full name, as PostgreSQL sees it.

    `str()` is for people: the namespace is left out where it is `public`. It is never parsed.
    """

    namespace: str
    name: str

    def __str__(self) -> str:
        return self.name if self.namespace == "public" else f"{self.namespace}.{self.name}"


def quoted(name: str) -> str:
    """Quote a name for SQL text that a person or another program runs; we compose ours.

    Args:
        name: Of anything.

    Returns:
        The name in quotes, those within it doubled.

    Source: PostgreSQL manual, Identifiers and Key Words.
    """
    return '"' + name.replace('"', '""') + '"'


class ReferentialAction(StrEnum):
    """What happens to a child row when its parent goes or changes its key.

    The values are PostgreSQL's words; `prisma` gives Prisma's spelling.

    Source: PostgreSQL manual, CREATE TABLE; Prisma documentation, Referential actions.
    """

    NO_ACTION = "NO ACTION"
    RESTRICT = "RESTRICT"
    CASCADE = "CASCADE"
    SET_NULL = "SET NULL"
    SET_DEFAULT = "SET DEFAULT"

    @property
    def prisma(self) -> str:
        """Prisma's spelling, such as `SetNull`."""
        return self.value.title().replace(" ", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """Rows of `child` point at rows of `parent`.

    Made both from the catalog (`enforced`, and `validated` as the database says) and from a
    schema whose `relationMode` is `"prisma"`, where the database holds no constraint
    (`enforced` is false).

    Where `is_period`, the last column holds periods (PERIOD, from PostgreSQL 18 on): a child's must
    be covered by those of all parents with the same values in the other columns.

    `definition` is `pg_get_constraintdef`'s text, empty where only the schema knows the relation.
    """

    name: str
    child: TableName
    columns: tuple[str, ...]
    parent: TableName
    parent_columns: tuple[str, ...]
    on_delete: ReferentialAction = ReferentialAction.NO_ACTION
    on_update: ReferentialAction = ReferentialAction.NO_ACTION
    match_full: bool = False
    deferrable: bool = False
    initially_deferred: bool = False
    validated: bool = True
    enforced: bool = True
    is_period: bool = False
    definition: str = ""
    comment: str | None = None

    @property
    def is_self_reference(self) -> bool:
        """Whether a table points at itself."""
        return self.child == self.parent

    @property
    def sort_key(self) -> tuple[TableName, TableName, tuple[str, ...], str]:
        """A total order that does not depend on declaration order."""
        return (self.child, self.parent, self.columns, self.name)


def table_names(foreign_keys: Iterable[ForeignKey]) -> frozenset[TableName]:
    """Every table that a foreign key starts or ends at."""
    return frozenset(name for key in foreign_keys for name in (key.child, key.parent))
